import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Path } from '../known-errors.js';

/** @param error of a subgraph, or whatever was thrown */
export function asGraphQLError(error: unknown, path: Path | undefined): GraphQLError {
  const { message, extensions } = error as GraphQLFormattedError;
  return new GraphQLError(message, {
    ...(path && { path }),
    ...(extensions && { extensions }),
    originalError: error as Error,
  });
}
