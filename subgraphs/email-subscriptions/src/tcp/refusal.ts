/** What a caller gets instead of an answer, as NestJS's clients hand it on. */
export interface Refusal {
  /** For programs; one of a closed list (docs/microservice.md). */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** The path of the value at fault in the message's data, such as `["email"]`. */
  readonly field?: readonly string[];
  /** Of a fault of ours: what to look for in the log. */
  readonly requestId?: string;
}

export const SHUTTING_DOWN: Refusal = {
  code: 'SUBGRAPH_UNAVAILABLE',
  message: 'The server is shutting down. Please try again.',
};

export const TOO_SLOW: Refusal = {
  code: 'SUBGRAPH_UNAVAILABLE',
  message: 'This took too long. It may be done yet: send it again with the same idempotency key.',
};

export const UNKNOWN_PATTERN: Refusal = {
  code: 'NOT_FOUND',
  message: 'This service answers no message of this pattern.',
};

export const UNTRUSTED: Refusal = {
  code: 'UNTRUSTED_CALLER',
  message: 'This service answers to callers that it knows only.',
};

/** A program may have users of its own, whose ids mean nothing here. */
export const NOT_A_USER: Refusal = {
  code: 'BAD_USER_INPUT',
  message: 'The token names a user by something other than a UUID: use the `sub` of their access token.',
};
