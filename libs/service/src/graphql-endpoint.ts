/** Where every service, the gateway included, serves GraphQL. */
export const GRAPHQL_PATH = '/graphql';

/** The largest request that the gateway may send a subgraph, in bytes: a page of entity keys is larger than what clients send. */
export const SUBGRAPH_BODY_LIMIT = 4 * 1024 * 1024;
