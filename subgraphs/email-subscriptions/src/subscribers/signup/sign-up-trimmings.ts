import type { Trimming } from '../../database/trimmer.js';

/** The obsolete rows of sign-ups and confirmations. */
export const SIGN_UP_TRIMMINGS: readonly Trimming[] = [
  { table: 'confirmation_tokens', where: 'expires_at < now()' },
  { table: 'sign_ups', where: 'kept_until < now()' },
  // Those that failed for a week.
  { table: 'sign_ups', where: `kept_until IS NULL AND created_at < now() - interval '7 days'` },
  { table: 'confirmation_limits', where: `last_mail_at < now() - interval '365 days'` },
];
