import { SUBSCRIBER_EVENTS } from '../life/transitions.js';
import { SUBSCRIBER_STATUSES } from '../subscriber-status.js';
import { FIGURES, FIGURES_CONSUMER, QUARTER, SUM_OF_EACH_FIGURE } from './figures.js';

/** What runs statements: the manager of a transaction, or the runner of a migration. */
interface Queries {
  query(statement: string, parameters?: unknown[]): Promise<unknown>;
}

/**
 * Counts everything again from the subscribers and their history, in the caller's transaction, and sets the position of the
 * consumer. Changes whose events come after the position are left out, because the consumer counts them later. An imported
 * subscriber that changed since counts at the time of its addition in the file, because the time of the import is not kept.
 *
 * The migration that creates the tables runs these statements. Give a later version of the tables a function of its own.
 * @param position by default the end of the log
 */
export async function rebuildFigures(queries: Queries, position: number | null = null): Promise<void> {
  await queries.query('SET LOCAL statement_timeout = 0');
  await queries.query('DELETE FROM subscriber_figures');
  await queries.query('DELETE FROM subscriber_totals');
  // One statement, so that subscribers, history and events are of one snapshot.
  await queries.query(
    `WITH position AS (
       SELECT coalesce($1::bigint, last_seq) AS seq FROM event_log_state
     ), waiting AS MATERIALIZED (
       SELECT * FROM (
         SELECT type AS kind, subject_id, occurred_at AS at, detail FROM event_log
           WHERE seq > (SELECT seq FROM position)
         UNION ALL SELECT type, subject_id, occurred_at, detail FROM outbox
         UNION ALL SELECT type, unnest(subject_ids), occurred_at, detail FROM outbox_bulk
       ) AS events WHERE kind = ANY ($3)
     ), changes AS (
       SELECT 'subscriber.added' AS kind, CASE revision WHEN 1 THEN updated_at ELSE added_at END AS at, 1 AS n
         FROM subscribers WHERE id NOT IN (SELECT subject_id FROM waiting WHERE kind = 'subscriber.added')
       UNION ALL SELECT 'subscriber.' || lower(kind), at, 1 FROM subscriber_history
       UNION ALL SELECT kind, at, -1 FROM waiting WHERE kind <> 'subscriber.added'
     ), figures AS (
       INSERT INTO subscriber_figures (quarter, ${FIGURES.join(', ')})
       SELECT ${QUARTER}, ${SUM_OF_EACH_FIGURE} FROM changes WHERE kind <> 'subscriber.updated' GROUP BY 1
     ), totals AS (
       INSERT INTO subscriber_totals (status, n)
       SELECT status, sum(n) FROM (
         SELECT unnest($4::text[]) AS status, 0 AS n
         UNION ALL SELECT status, 1 FROM subscribers
         UNION ALL SELECT CASE WHEN detail IS NULL THEN 'ACTIVE' ELSE detail ->> 'after' END, -1 FROM waiting
         UNION ALL SELECT detail ->> 'before', 1 FROM waiting WHERE detail ->> 'before' IS NOT NULL
       ) AS counted GROUP BY status
     )
     INSERT INTO event_log_consumers (name, seq) SELECT $2, seq FROM position
     ON CONFLICT (name) DO UPDATE SET seq = excluded.seq`,
    [position, FIGURES_CONSUMER, SUBSCRIBER_EVENTS, SUBSCRIBER_STATUSES],
  );
}
