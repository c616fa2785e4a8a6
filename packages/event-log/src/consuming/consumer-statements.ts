import type { EntityManager } from 'typeorm';
import type { LoggedEvent } from '../logged-event.js';
import { LogReader, type LogState } from '../reading/log-reader.js';

/** How many events one statement scans at most, since possibly none of them is of the requested kinds. */
const SCAN_SIZE = 5_000;

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

/** Reads events after a position. `reached` is the number up to which the log was read. */
export async function readNext(
  manager: EntityManager,
  position: number,
  kinds: readonly string[],
  limit: number,
): Promise<{ state: LogState; events: LoggedEvent[]; reached: number }> {
  const through = position + SCAN_SIZE;
  const { state, events } = await new LogReader(manager).read({ after: position, kinds, limit, through });
  const reached = events.length < limit ? Math.min(through, state.lastSeq) : events.at(-1)!.seq;
  return { state, events, reached };
}

export async function advance(manager: EntityManager, name: string, seq: number): Promise<void> {
  await manager.query('UPDATE event_log_consumers SET seq = $2, updated_at = now() WHERE name = $1', [
    name,
    seq,
  ]);
}
