import type { AuthFault } from '../errors/auth-fault.js';

/** The same for an unknown, used or expired token, and for one of another purpose. */
export const INVALID_EMAIL_TOKEN: AuthFault = {
  code: 'INVALID_TOKEN',
  message: 'The link is invalid or has expired. Request a new one.',
  field: ['input', 'token'],
};
