import { DomainError } from '@kit/service';
import type { AuthFault } from '../errors/auth-fault.js';

/** The queue is too long to serve this caller before its deadline. */
export class TooBusy extends DomainError {
  override name = 'TooBusy';
  readonly code = 'RATE_LIMITED';

  constructor(readonly retryAfterSeconds: number) {
    super('The server is busy. Try again later.');
  }
}

/**
 * Converts `TooBusy` to a fault for the client.
 * @throws error itself if it is another error
 */
export function faultOfTooBusy(error: unknown): AuthFault {
  if (!(error instanceof TooBusy)) throw error;
  const { code, message, retryAfterSeconds } = error;
  return { code, message, retryAfterSeconds };
}
