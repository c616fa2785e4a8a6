import type { GraphQLFormattedError } from 'graphql';

/** The error of a request that is rejected before it reaches GraphQL. */
export function badRequestError(message: string): GraphQLFormattedError {
  return { message, extensions: { code: 'BAD_REQUEST' } };
}

/** The body of a response to such a request. */
export function badRequest(message: string) {
  return { errors: [badRequestError(message)] };
}
