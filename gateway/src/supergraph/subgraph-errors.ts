import type { GraphQLFormattedError } from 'graphql';

/**
 * A subgraph checks what the gateway cannot: the values of custom scalars. As literals they fail its validation,
 * but the client's document is valid, so to the client it is the input that is bad.
 */
export function asUserInput(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.code !== 'GRAPHQL_VALIDATION_FAILED') return error;
  return badUserInput(error.message);
}

export function badUserInput(message: string): GraphQLFormattedError {
  return { message, extensions: { code: 'BAD_USER_INPUT' } };
}

/** JSON for a subgraph; null when it cannot be written, as what is nested a hundred thousand levels deep. */
export function writeJson(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
