import type { AuthFault } from '../errors/auth-fault.js';

/** The same for a token that nobody gave out, for a used or an old one, and for one that is for something else. */
export const INVALID_EMAIL_TOKEN: AuthFault = {
  code: 'INVALID_TOKEN',
  message: 'The link is invalid or has expired. Request a new one.',
  field: ['input', 'token'],
};
