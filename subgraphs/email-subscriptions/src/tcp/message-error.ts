/** The error that a caller gets instead of a result, as NestJS's clients pass it on. */
export interface MessageError {
  /** One of the codes in docs/microservice.md. */
  readonly code: string;
  /** Text for a person. */
  readonly message: string;
  /** The path of the invalid value in the data of the message, such as `["email"]`. */
  readonly field?: readonly string[];
  /** The id of an internal error in the log. */
  readonly requestId?: string;
}

export const SHUTTING_DOWN: MessageError = {
  code: 'SUBGRAPH_UNAVAILABLE',
  message: 'The server is shutting down. Please try again.',
};

export const TOO_SLOW: MessageError = {
  code: 'SUBGRAPH_UNAVAILABLE',
  message:
    'The message took too long, and may still be processed. Send it again with the same idempotency key.',
};

export const UNKNOWN_PATTERN: MessageError = {
  code: 'NOT_FOUND',
  message: 'The pattern is unknown. Use one of the patterns in the documentation of this service.',
};

export const UNTRUSTED: MessageError = {
  code: 'UNTRUSTED_CALLER',
  message:
    'The token of the message is missing or invalid. Check the name, the secret and the clock of the caller.',
};

/** A program may have sent the id of a user in its own database. */
export const NOT_A_USER: MessageError = {
  code: 'BAD_USER_INPUT',
  message: '`sub` of the token is not a UUID. Use the `sub` of the access token of the user.',
};
