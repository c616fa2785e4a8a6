import type { AuthFault } from '../errors/auth-fault.js';

/** The same for a token that nobody gave out, for a used one, and for a session that is over. */
export const INVALID_REFRESH_TOKEN: AuthFault = {
  code: 'INVALID_TOKEN',
  message: 'This refresh token does not work any more: log in again.',
  field: ['input', 'refreshToken'],
};
