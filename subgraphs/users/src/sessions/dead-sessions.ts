import type { Trimming } from '../maintenance/trimming.js';

const KEPT = "interval '30 days'";

/** Sessions that expired or were revoked at least 30 days ago. There is one statement for each index. */
export const DEAD_SESSIONS: readonly Trimming[] = [
  { table: 'sessions', where: `ended_at < now() - ${KEPT}` },
  { table: 'sessions', where: `expires_at < now() - ${KEPT}` },
];
