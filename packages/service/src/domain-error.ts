/** All error codes of the services. Apollo Server adds its codes for requests. */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CURSOR_EXPIRED',
  'RATE_LIMITED',
  'SUBGRAPH_UNAVAILABLE',
  'UNTRUSTED_CALLER',
  'INTERNAL_SERVER_ERROR',
  'SUBSCRIPTION_AUTH_EXPIRED',
  'SUBSCRIPTION_LAGGED',
  'SUBSCRIPTION_SCHEMA_RELOAD',
  'SUBSCRIPTION_SERVER_DRAINING',
  'SUBSCRIPTION_UPSTREAM_LOST',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An expected error that is not a user error of a mutation. Clients see its message, so it contains nothing internal.
 * Subclasses are named for the domain: `class InvalidCursor extends DomainError`.
 */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
}
