import { ApolloServerErrorCode, unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { isDatabaseAway } from './database-away.js';
import { DomainError, ERROR_CODES } from './domain-error.js';
import { currentRequestId } from './request-id.js';

const LONGEST_MESSAGE = 500;

/** Codes that clients may see. `INTERNAL_SERVER_ERROR` is always replaced by {@link internalError}. */
const PUBLIC_CODES: ReadonlySet<unknown> = new Set<unknown>([
  ...ERROR_CODES.filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
  ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
  ApolloServerErrorCode.BAD_REQUEST,
]);

export type ErrorFormatter = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError;

/**
 * The error formatter, for Apollo Server's `formatError`. Expected errors keep their message and code. An unavailable
 * database becomes `SUBGRAPH_UNAVAILABLE`. Everything else is logged completely, and the client gets
 * `INTERNAL_SERVER_ERROR` with the request id.
 * @param requestIdOf returns the id of the request that an error belongs to. Default: {@link currentRequestId}
 */
export function errorFormatter(
  logger: Logger,
  requestIdOf: (thrown: unknown) => string | undefined = currentRequestId,
): ErrorFormatter {
  return (formatted, thrown) => {
    const cause = unwrapResolverError(thrown);
    const code: unknown = cause instanceof DomainError ? cause.code : formatted.extensions?.code;
    const where = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    };
    if (PUBLIC_CODES.has(code)) {
      const { missingScopes, retryAfterSeconds } = formatted.extensions ?? {};
      return {
        message: shorten(formatted.message),
        ...where,
        extensions: {
          code,
          ...(code === 'FORBIDDEN' && missingScopes !== undefined && { missingScopes }),
          ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
        },
      };
    }
    const requestId = requestIdOf(thrown);
    if (isDatabaseAway(cause)) {
      logger.warn(
        { err: cause, path: formatted.path, ...(requestId && { requestId }) },
        'the database did not respond',
      );
      return { ...DATABASE_AWAY, ...where };
    }
    logger.error({ err: cause, path: formatted.path, ...(requestId && { requestId }) }, 'unforeseen error');
    return { ...internalError(requestId), ...where };
  };
}

/** The error while a database is not available. The client may try again. */
const DATABASE_AWAY = {
  message: 'A part of the system is not available right now. Please try again.',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
} as const;

/** The error that replaces an unexpected one. The request id leads to the log. */
export function internalError(requestId = currentRequestId()): GraphQLFormattedError {
  return {
    message: 'Something went wrong on our side.',
    extensions: { code: 'INTERNAL_SERVER_ERROR', ...(requestId && { requestId }) },
  };
}

/** graphql-js quotes a bad variable completely, however long it is. */
function shorten(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}
