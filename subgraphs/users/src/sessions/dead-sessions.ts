import type { Trimming } from '../maintenance/trimming.js';

const KEPT = "interval '30 days'";

/** Sessions that have been over for so long that nobody asks when and why: one statement for each index. */
export const DEAD_SESSIONS: readonly Trimming[] = [
  { table: 'sessions', where: `ended_at < now() - ${KEPT}` },
  { table: 'sessions', where: `expires_at < now() - ${KEPT}` },
];
