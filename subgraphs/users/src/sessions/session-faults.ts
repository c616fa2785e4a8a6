import { DomainError } from '@kit/service';
import type { AuthFault } from '../errors/auth-fault.js';

const REFRESH_TOKEN = ['input', 'refreshToken'];

/** The same for a forged token and for a session that expired or was revoked. */
export const INVALID_REFRESH_TOKEN: AuthFault = {
  code: 'INVALID_TOKEN',
  message: 'The refresh token is invalid or has expired. Log in again.',
  field: REFRESH_TOKEN,
};

export const REUSED_REFRESH_TOKEN: AuthFault = {
  code: 'TOKEN_REUSED',
  message:
    'The refresh token was already used and may have been stolen, so the session was revoked. Log in again.',
  field: REFRESH_TOKEN,
};

export const WRONG_CURRENT_PASSWORD: AuthFault = {
  code: 'INVALID_CREDENTIALS',
  message: 'The current password is wrong.',
  field: ['input', 'currentPassword'],
};

/** The access token is valid, but its session expired or was revoked. */
export class SessionOver extends DomainError {
  readonly code = 'UNAUTHENTICATED';

  constructor() {
    super('The session has expired or was revoked. Log in again.');
  }
}
