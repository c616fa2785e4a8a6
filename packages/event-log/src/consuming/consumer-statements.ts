import type { EntityManager } from 'typeorm';

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
