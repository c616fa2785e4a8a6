import type { Config } from '../config.js';
import type { Trimming } from './trimming.js';

const KEPT = "interval '30 days'";

/** Sessions that expired or were revoked at least 30 days ago. There is one statement for each index. */
const DEAD_SESSIONS: readonly Trimming[] = [
  { table: 'sessions', where: `ended_at < now() - ${KEPT}` },
  { table: 'sessions', where: `expires_at < now() - ${KEPT}` },
];

/** Tokens of old mails. */
const OLD_EMAIL_TOKENS: Trimming = {
  table: 'email_tokens',
  where: `expires_at < now() - ${KEPT}`,
};

/** Counters that expired an hour ago: `expire` is in milliseconds since 1970, by the clocks of the services. */
const OLD_COUNTS: Trimming = {
  table: 'throttle',
  where: 'expire < (extract(epoch FROM now()) * 1000)::bigint - 3600000',
};

/** Entries that are older than the retention. */
function oldAuditEntries({ AUDIT_LOG_RETENTION_DAYS }: Config): Trimming {
  return {
    table: 'audit_log',
    where: 'at < now() - make_interval(days => $1)',
    parameters: [AUDIT_LOG_RETENTION_DAYS],
  };
}

/** The obsolete rows of all tables. */
export function trimmings(config: Config): readonly Trimming[] {
  return [...DEAD_SESSIONS, OLD_EMAIL_TOKENS, OLD_COUNTS, oldAuditEntries(config)];
}
