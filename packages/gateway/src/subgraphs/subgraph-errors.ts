import type { GraphQLFormattedError } from 'graphql';

/**
 * Turns a subgraph's validation error into `BAD_USER_INPUT`. Only the subgraph can check values of custom scalars; as
 * literals they fail its validation, although the client's document is valid.
 */
export function asUserInput(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.code !== 'GRAPHQL_VALIDATION_FAILED') return error;
  return badUserInput(error.message);
}

/**
 * Removes `extensions.http`, in which GraphQL servers keep the status and headers of their response. It would set those
 * of the gateway's own response.
 */
export function withoutHttp(error: GraphQLFormattedError): GraphQLFormattedError {
  if (error.extensions?.['http'] === undefined) return error;
  const { http: _http, ...extensions } = error.extensions;
  return { ...error, extensions };
}

export function badUserInput(message: string): GraphQLFormattedError {
  return { message, extensions: { code: 'BAD_USER_INPUT' } };
}

/** Serializes a value as JSON; null when it is nested too deeply for `JSON.stringify`. */
export function writeJson(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
