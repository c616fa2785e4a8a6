import { errorFormatter } from '@kit/service';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';

/** Turns any error into one that clients may see, with the error formatter of all transports. */
export type ClientErrors = (error: unknown) => GraphQLError;

export function clientErrors(logger: Logger): ClientErrors {
  const format = errorFormatter(logger);
  return (error) => {
    const located = error instanceof GraphQLError ? error : wrapped(error);
    // Errors of the event stream have no path, so Apollo's formatting would not unwrap them.
    const { message, extensions } = format(located.toJSON(), located.originalError ?? located);
    const { nodes, source, positions, path } = located;
    return new GraphQLError(message, { nodes, source, positions, path, extensions });
  };
}

function wrapped(thrown: unknown): GraphQLError {
  const originalError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new GraphQLError(originalError.message, { originalError });
}
