import { DomainError } from '@supergraph/service/domain-error';
import type { AuthFault } from '../errors/auth-fault.js';

const REFRESH_TOKEN = ['input', 'refreshToken'];

/** The same for a token that nobody gave out, and for a session that is over. */
export const INVALID_REFRESH_TOKEN: AuthFault = {
  code: 'INVALID_TOKEN',
  message: 'This refresh token does not work any more: log in again.',
  field: REFRESH_TOKEN,
};

export const REUSED_REFRESH_TOKEN: AuthFault = {
  code: 'TOKEN_REUSED',
  message:
    'This refresh token was used before. Somebody may have copied it, so its session has ended: log in again.',
  field: REFRESH_TOKEN,
};

export const WRONG_CURRENT_PASSWORD: AuthFault = {
  code: 'INVALID_CREDENTIALS',
  message: 'This is not your current password.',
  field: ['input', 'currentPassword'],
};

/** The access token lives, but its session does not: it is as good as expired. */
export class SessionOver extends DomainError {
  readonly code = 'UNAUTHENTICATED';

  constructor() {
    super('Your session has ended: log in again.');
  }
}
