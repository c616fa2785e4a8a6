import type { Config } from '../config.js';
import type { Trimming } from '../maintenance/trimming.js';

/** Entries that are older than the retention. */
export function oldAuditEntries({ AUDIT_LOG_RETENTION_DAYS }: Config): Trimming {
  return {
    table: 'audit_log',
    where: 'at < now() - make_interval(days => $1)',
    parameters: [AUDIT_LOG_RETENTION_DAYS],
  };
}
