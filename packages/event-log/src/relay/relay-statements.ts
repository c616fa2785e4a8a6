import type { Client } from 'pg';

/** Takes the lock until the connection closes. It does not wait for the lock, because a waiting statement blocks vacuum. */
export async function tryLock(client: Client, key: string): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [key]);
  return rows[0]!.held;
}

/**
 * Numbers committed outbox rows and moves them to the log, in one statement. It does not wait for open transactions:
 * their rows are in a later batch.
 * @returns the number of moved rows
 */
export async function moveBatch(client: Client, most: number): Promise<number> {
  const { rowCount } = await client.query(
    `WITH batch AS (
       DELETE FROM outbox WHERE id = ANY (ARRAY(SELECT id FROM outbox ORDER BY id LIMIT $1))
       RETURNING id, type, subject_id, occurred_at, detail
     ), head AS (
       UPDATE event_log_state SET last_seq = last_seq + (SELECT count(*) FROM batch)
       WHERE EXISTS (SELECT FROM batch)
       RETURNING last_seq
     )
     INSERT INTO event_log (seq, type, subject_id, occurred_at, detail)
     SELECT last_seq - count(*) OVER () + row_number() OVER (ORDER BY id), type, subject_id, occurred_at, detail
     FROM batch CROSS JOIN head`,
    [most],
  );
  return rowCount ?? 0;
}

/**
 * Numbers the events of the oldest committed bulk rows and moves them to the log, in one statement. It takes the first row
 * and as many more rows as have at most `most` events together.
 * @returns the number of moved events
 */
export async function moveBulkBatch(client: Client, most: number): Promise<number> {
  const { rowCount } = await client.query(
    `WITH RECURSIVE chosen AS (
       (SELECT id, cardinality(subject_ids) AS events FROM outbox_bulk ORDER BY id LIMIT 1)
       UNION ALL
       SELECT next.id, chosen.events + next.events
       FROM chosen CROSS JOIN LATERAL (
         SELECT id, cardinality(subject_ids) AS events FROM outbox_bulk WHERE id > chosen.id ORDER BY id LIMIT 1
       ) next
       WHERE chosen.events + next.events <= $1
     ), rows AS (
       DELETE FROM outbox_bulk WHERE id = ANY (ARRAY(SELECT id FROM chosen))
       RETURNING id, type, subject_ids, occurred_at, detail
     ), batch AS (
       SELECT row_number() OVER (ORDER BY id, place) AS place, type, subject_id, occurred_at, detail
       FROM rows CROSS JOIN LATERAL unnest(subject_ids) WITH ORDINALITY AS given (subject_id, place)
     ), head AS (
       UPDATE event_log_state SET last_seq = last_seq + (SELECT count(*) FROM batch)
       WHERE EXISTS (SELECT FROM batch)
       RETURNING last_seq
     )
     INSERT INTO event_log (seq, type, subject_id, occurred_at, detail)
     SELECT last_seq - count(*) OVER () + place, type, subject_id, occurred_at, detail
     FROM batch CROSS JOIN head`,
    [most],
  );
  return rowCount ?? 0;
}

/**
 * Deletes the oldest events that are past the retention time and updates `trimmed_seq`, in one statement.
 * @returns the number of deleted events
 */
export async function trimBatch(client: Client, keptHours: number, most: number): Promise<number> {
  const { rows } = await client.query<{ trimmed: string }>(
    `WITH oldest AS (
       SELECT seq, occurred_at < now() - make_interval(hours => $1) AS old
       FROM event_log WHERE seq > (SELECT trimmed_seq FROM event_log_state) ORDER BY seq LIMIT $2
     ), gone AS (
       DELETE FROM event_log
       WHERE seq > (SELECT trimmed_seq FROM event_log_state) AND seq <= (SELECT max(seq) FROM oldest)
         AND seq < COALESCE((SELECT min(seq) FROM oldest WHERE NOT old), 9223372036854775807)
       RETURNING seq
     ), noted AS (
       UPDATE event_log_state SET trimmed_seq = (SELECT max(seq) FROM gone) WHERE EXISTS (SELECT FROM gone)
     )
     SELECT count(*) AS trimmed FROM gone`,
    [keptHours, most],
  );
  return Number(rows[0]!.trimmed);
}
