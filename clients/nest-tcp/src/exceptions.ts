/** Why a message has no answer. */
export abstract class SubscribersException extends Error {
  /** For programs. */
  abstract readonly code: string;
}

/** The service has refused it, and has done nothing. */
export class RefusedException extends SubscribersException {
  override name = 'RefusedException';
  /** Such as `INVALID_EMAIL`, `FORBIDDEN` or `SUBGRAPH_UNAVAILABLE`: docs/microservice.md lists them. */
  readonly code: string;
  /** The path of the value at fault, such as `["email"]`. */
  readonly field: readonly string[] | undefined;
  /** Of a fault of the service: what its operator looks for in the log. */
  readonly requestId: string | undefined;

  constructor({ code, message, field, requestId }: Refusal) {
    super(message);
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }
}

/** There was no connection in time: nothing was sent, so it may be sent again. */
export class UnreachableException extends SubscribersException {
  override name = 'UnreachableException';
  readonly code = 'UNREACHABLE';
}

/**
 * It was sent, and the connection broke or the time was over before the answer came. It may be done, or not: send an
 * addition again with the same `idempotencyKey`.
 */
export class NoAnswerException extends SubscribersException {
  override name = 'NoAnswerException';
  readonly code = 'NO_ANSWER';
}

/** As the service answers. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly field?: readonly string[];
  readonly requestId?: string;
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && 'code' in value;
}
