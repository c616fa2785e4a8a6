import { errorFormatter } from '@supergraph/service/format-error';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';

/** Turns whatever went wrong into the error that the client may see, by the one error formatter. */
export type ClientErrors = (error: unknown) => GraphQLError;

export function clientErrors(logger: Logger): ClientErrors {
  const format = errorFormatter(logger);
  return (error) => {
    const located = error instanceof GraphQLError ? error : wrapped(error);
    // An error of the event stream has no path, by which Apollo's formatting would know to unwrap it.
    const { message, extensions } = format(located.toJSON(), located.originalError ?? located);
    const { nodes, source, positions, path } = located;
    return new GraphQLError(message, { nodes, source, positions, path, extensions });
  };
}

function wrapped(thrown: unknown): GraphQLError {
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(originalError.message, { originalError });
}
