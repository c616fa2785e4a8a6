import type { GraphQLResult } from '../answer/graphql-result.js';

/** One request that a plan sends to a subgraph. The same object each time. */
export interface Fetch {
  /** The name of the subgraph. */
  readonly subgraph: string;
  /** The text of the operation. */
  readonly operation: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The names of the root fields, without aliases. */
  readonly rootFields: readonly string[];
}

/**
 * Sends a request to a subgraph.
 * @param request the body as JSON
 * @param check checks the parsed response, and throws `InvalidGraphQLResult` when it is not a result of the operation
 * @returns the result that `check` returned, or errors in place of it. A rejection becomes one error at each root field,
 * or at the first entity.
 */
export type Fetcher<Context> = (
  fetch: Fetch,
  request: string,
  context: Context,
  check: (response: unknown) => GraphQLResult,
) => Promise<GraphQLResult>;
