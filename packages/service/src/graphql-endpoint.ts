/** The path at which the gateway and the subgraphs serve GraphQL. */
export const GRAPHQL_PATH = '/graphql';

/** The largest request from the gateway to a subgraph, in bytes. A page of entity keys is larger than clients' requests. */
export const SUBGRAPH_BODY_LIMIT = 4 * 1024 * 1024;
