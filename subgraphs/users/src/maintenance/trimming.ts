import type { EntityManager } from 'typeorm';
import { TRIMMING_LOCK } from '../database/advisory-locks.js';

/** The number of rows that one transaction deletes. */
const BATCH = 1_000;

/** Selects the obsolete rows of a table. */
export interface Trimming {
  readonly table: string;
  /** An SQL condition that an index supports, with parameters `$1`, `$2`, … */
  readonly where: string;
  readonly parameters?: readonly unknown[];
}

/**
 * Deletes one batch, unless another process is deleting. It does not wait for locks: locked rows are left for the next
 * run.
 * @returns the number of deleted rows, and whether there may be more for this process to delete
 */
export async function trimBatch(
  manager: EntityManager,
  { table, where, parameters = [] }: Trimming,
): Promise<{ deleted: number; more: boolean }> {
  const [{ mine }] = await manager.query<[{ mine: boolean }]>(
    'SELECT pg_try_advisory_xact_lock($1) AS mine',
    [TRIMMING_LOCK],
  );
  if (!mine) return { deleted: 0, more: false };
  const [{ deleted }] = await manager.query<[{ deleted: number }]>(
    `WITH gone AS (
      DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${table} WHERE ${where} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
      )) RETURNING 1
    ) SELECT count(*)::int AS deleted FROM gone`,
    [...parameters],
  );
  return { deleted, more: deleted === BATCH };
}
