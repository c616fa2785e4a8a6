/** A subgraph has answered something else than a result of what it was asked. The message has no value of it. */
export class NoGraphQLResult extends Error {
  override name = 'NoGraphQLResult';

  constructor(why: string) {
    super(`the answer is no GraphQL result: ${why}`);
  }
}
