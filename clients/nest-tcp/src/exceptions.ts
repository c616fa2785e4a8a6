/** The reason why a message has no result. */
export abstract class SubscribersException extends Error {
  /** docs/microservice.md lists all codes. */
  abstract readonly code: string;
}

/** The service rejected the message. It changed nothing, unless `code` is `SUBGRAPH_UNAVAILABLE` or `INTERNAL_SERVER_ERROR`. */
export class RefusedException extends SubscribersException {
  override name = 'RefusedException';
  readonly code: string;
  /** The path of the invalid value in the data, such as `["email"]`. */
  readonly field: readonly string[] | undefined;
  /** The id of an internal error in the log of the service. */
  readonly requestId: string | undefined;

  constructor({ code, message, field, requestId }: ServiceError) {
    super(message);
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }
}

/** The client could not connect in time. The message was not sent, so it is safe to send it again. */
export class UnreachableException extends SubscribersException {
  override name = 'UnreachableException';
  readonly code = 'UNREACHABLE';
}

/**
 * The message was sent, but the connection broke or the timeout was over before the result arrived. The service may have
 * processed it. Send an addition again with the same `idempotencyKey`.
 */
export class NoAnswerException extends SubscribersException {
  override name = 'NoAnswerException';
  readonly code = 'NO_ANSWER';
}

/** The service's form of an error. */
export interface ServiceError {
  readonly code: string;
  /** Text for a person. */
  readonly message: string;
  readonly field?: readonly string[];
  readonly requestId?: string;
}

export function isServiceError(value: unknown): value is ServiceError {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string';
}

/** The error for a host with several addresses, such as `localhost`, has a code but no message. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'unknown error';
}
