import type { Trimming } from '../maintenance/trimming.js';

const KEPT = "interval '30 days'";

/** Old jobs that are done, and old tokens. */
export const OLD_MAIL: readonly Trimming[] = [
  { table: 'mail_jobs', where: `done_at < now() - ${KEPT}` },
  { table: 'email_tokens', where: `expires_at < now() - ${KEPT}` },
];
