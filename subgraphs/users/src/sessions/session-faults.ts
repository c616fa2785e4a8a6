import type { AuthFault } from '../errors/auth-fault.js';

/** The same for an unknown address and for a wrong password. */
export const INVALID_CREDENTIALS: AuthFault = {
  code: 'INVALID_CREDENTIALS',
  message: 'The e-mail address or the password is wrong.',
};

/** The same for a token that nobody gave out, for a used one, and for a session that is over. */
export const INVALID_REFRESH_TOKEN: AuthFault = {
  code: 'INVALID_TOKEN',
  message: 'This refresh token does not work any more: log in again.',
  field: ['input', 'refreshToken'],
};
