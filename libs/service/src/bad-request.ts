import type { GraphQLFormattedError } from 'graphql';

/** What is wrong with a request that fails before GraphQL sees it. */
export function badRequestError(message: string): GraphQLFormattedError {
  return { message, extensions: { code: 'BAD_REQUEST' } };
}

/** The body of a response to such a request. */
export function badRequest(message: string) {
  return { errors: [badRequestError(message)] };
}
