import type { Trimming } from '../maintenance/trimming.js';

/** Tokens of old mails. */
export const OLD_EMAIL_TOKENS: Trimming = {
  table: 'email_tokens',
  where: "expires_at < now() - interval '30 days'",
};
