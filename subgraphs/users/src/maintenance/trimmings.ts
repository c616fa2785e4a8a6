import { oldAuditEntries } from '../audit/old-audit-entries.js';
import type { Config } from '../config.js';
import { OLD_EMAIL_TOKENS } from '../mail/old-email-tokens.js';
import { DEAD_SESSIONS } from '../sessions/dead-sessions.js';
import { OLD_COUNTS } from '../throttling/old-counts.js';
import type { Trimming } from './trimming.js';

/** The obsolete rows of all tables. */
export function trimmings(config: Config): readonly Trimming[] {
  return [...DEAD_SESSIONS, OLD_EMAIL_TOKENS, OLD_COUNTS, oldAuditEntries(config)];
}
