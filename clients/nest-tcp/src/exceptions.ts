/** Why a message has no result. */
export abstract class SubscribersException extends Error {
  /** For programs: docs/microservice.md lists all codes. */
  abstract readonly code: string;
}

/** The service rejected the message. It did nothing, unless `code` is `SUBGRAPH_UNAVAILABLE` or `INTERNAL_SERVER_ERROR`. */
export class RefusedException extends SubscribersException {
  override name = 'RefusedException';
  /** Such as `INVALID_EMAIL`, `FORBIDDEN` or `SUBGRAPH_UNAVAILABLE`: docs/microservice.md lists them. */
  readonly code: string;
  /** The path of the value at fault in the data, such as `["email"]`. */
  readonly field: readonly string[] | undefined;
  /** Of an internal error: the id to look for in the log of the service. */
  readonly requestId: string | undefined;

  constructor({ code, message, field, requestId }: Refusal) {
    super(message);
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }
}

/** There was no connection in time. Nothing was sent, so the message may be sent again. */
export class UnreachableException extends SubscribersException {
  override name = 'UnreachableException';
  readonly code = 'UNREACHABLE';
}

/**
 * The message was sent, but the connection broke or `timeoutMs` was over before the result came. The service may have
 * carried it out. Send an addition again with the same `idempotencyKey`.
 */
export class NoAnswerException extends SubscribersException {
  override name = 'NoAnswerException';
  readonly code = 'NO_ANSWER';
}

/** The service's form of an error. */
export interface Refusal {
  readonly code: string;
  /** For people. */
  readonly message: string;
  readonly field?: readonly string[];
  readonly requestId?: string;
}

export function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string';
}

/** Errors of several addresses at once (`localhost` may have two) have a code only. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'unknown error';
}
