/** Codes that a service of ours may answer with (the closed list; Apollo Server adds its request codes). */
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
 * An outcome that somebody foresaw and that is no user error of a mutation. Its message is for the client, so
 * it names nothing internal. Subclasses are named for the domain: `class InvalidCursor extends DomainError`.
 */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
}
