import type { Trimming } from '../maintenance/trimming.js';

const KEPT = "interval '30 days'";

/** What became of mails that nobody asks about any more, and their tokens, used or not: none lives for longer than a day. */
export const OLD_MAIL: readonly Trimming[] = [
  { table: 'mail_jobs', where: `done_at < now() - ${KEPT}` },
  { table: 'email_tokens', where: `expires_at < now() - ${KEPT}` },
];
