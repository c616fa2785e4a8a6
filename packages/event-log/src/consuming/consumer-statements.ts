import type { EntityManager } from 'typeorm';
import type { LogPosition } from '../reading/log-cursors.js';

/**
 * Locks the position of a consumer until the transaction ends.
 * @returns null while another process has the lock, and when there is no position yet
 */
export async function tryPosition(manager: EntityManager, name: string): Promise<number | null> {
  const rows: { seq: string }[] = await manager.query(
    'SELECT seq FROM event_log_consumers WHERE name = $1 FOR UPDATE SKIP LOCKED',
    [name],
  );
  return rows[0] ? Number(rows[0].seq) : null;
}

/** @returns false if there is a position already */
export async function createPosition(
  manager: EntityManager,
  name: string,
  from: 'oldest' | 'newest',
): Promise<boolean> {
  const created: unknown[] = await manager.query(
    `INSERT INTO event_log_consumers (name, seq)
     SELECT $1, ${from === 'oldest' ? 'trimmed_seq' : 'last_seq'} FROM event_log_state
     ON CONFLICT DO NOTHING RETURNING seq`,
    [name],
  );
  return created.length > 0;
}

export async function advance(manager: EntityManager, name: string, seq: number): Promise<void> {
  await manager.query('UPDATE event_log_consumers SET seq = $2, updated_at = now() WHERE name = $1', [
    name,
    seq,
  ]);
}

/** @returns null if the consumer has no position yet */
export async function positionOf(
  manager: EntityManager,
  name: string,
): Promise<(LogPosition & { readonly isAtEnd: boolean }) | null> {
  const rows: { epoch: string; seq: string; isAtEnd: boolean }[] = await manager.query(
    `SELECT s.epoch, c.seq,
       c.seq = s.last_seq AND NOT EXISTS (SELECT FROM outbox) AND NOT EXISTS (SELECT FROM outbox_bulk) AS "isAtEnd"
     FROM event_log_consumers c CROSS JOIN event_log_state s WHERE c.name = $1`,
    [name],
  );
  return rows[0] ? { ...rows[0], seq: Number(rows[0].seq) } : null;
}
