/** A subgraph's response is not a result of the operation. The message contains no values from the response. */
export class NoGraphQLResult extends Error {
  override name = 'NoGraphQLResult';

  constructor(why: string) {
    super(`the answer is no GraphQL result: ${why}`);
  }
}
