/** The error that a caller gets instead of a result, as NestJS's clients pass it on. */
export interface Refusal {
  /** For programs; one of a closed list (docs/microservice.md). */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** The path of the value at fault in the message's data, such as `["email"]`. */
  readonly field?: readonly string[];
  /** Of an internal error: the id to look for in the log. */
  readonly requestId?: string;
}

export const SHUTTING_DOWN: Refusal = {
  code: 'SUBGRAPH_UNAVAILABLE',
  message: 'The server is shutting down. Please try again.',
};

export const TOO_SLOW: Refusal = {
  code: 'SUBGRAPH_UNAVAILABLE',
  message:
    'The message took too long. It may still be carried out: send it again with the same idempotency key.',
};

export const UNKNOWN_PATTERN: Refusal = {
  code: 'NOT_FOUND',
  message: 'This service has no handler for this pattern.',
};

export const UNTRUSTED: Refusal = {
  code: 'UNTRUSTED_CALLER',
  message:
    'This service accepts messages of known callers only. Check the name, the secret and the clock of the caller.',
};

/** A program may have users of its own, whose ids are unknown here. */
export const NOT_A_USER: Refusal = {
  code: 'BAD_USER_INPUT',
  message: '`sub` of the token is not a UUID. Use the `sub` of the access token of the user.',
};
