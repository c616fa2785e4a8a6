/** A subgraph's response is not a result of the operation. The message contains no values from the response. */
export class InvalidGraphQLResult extends Error {
  override name = 'InvalidGraphQLResult';

  constructor(why: string) {
    super(`the response is not a valid GraphQL result: ${why}`);
  }
}
