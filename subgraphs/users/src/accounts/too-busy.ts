import { DomainError } from '@supergraph/service/domain-error';
import type { AuthFault } from '../errors/auth-fault.js';

/** So many wait already that the answer would come when nobody waits for it any more. */
export class TooBusy extends DomainError {
  override name = 'TooBusy';
  readonly code = 'RATE_LIMITED';

  constructor(readonly retryAfterSeconds: number) {
    super('The server is busy. Try again later.');
  }
}

/**
 * What to tell whoever asked for work that was refused.
 * @throws error itself if it is another one
 */
export function faultOfTooBusy(error: unknown): AuthFault {
  if (!(error instanceof TooBusy)) throw error;
  const { code, message, retryAfterSeconds } = error;
  return { code, message, retryAfterSeconds };
}
