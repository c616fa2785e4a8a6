import type { EntityManager } from 'typeorm';
import { TRIMMING_LOCK } from '../database/advisory-locks.js';

/** How many rows go in one transaction. */
const BATCH = 1_000;

/** Rows that nobody needs any more. */
export interface Trimming {
  readonly table: string;
  /** Which rows of it go: SQL for which there is an index; its parameters are `$1` and so on. */
  readonly where: string;
  readonly parameters?: readonly unknown[];
}

/**
 * Deletes one batch, unless another process is at it. Rows that somebody holds are left for the next time: nobody waits
 * for this, and it waits for nobody.
 * @returns how many rows went, and whether there may be more for this process to delete
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
