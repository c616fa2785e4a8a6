import type { EntityManager } from 'typeorm';

/**
 * The statement that every writer of `subscribers.tags` needs, so that `Query.tags` counts right: it appends how many
 * more or fewer subscribers have each tag. It appends rows only, so writers do not wait for each other.
 *
 * Run it in the transaction of the change. `SubscriberChanges` does it for single subscribers. Bulk jobs use it as the
 * last statement of a `WITH`, or as one of its parts:
 * ```
 * WITH added AS (INSERT INTO subscribers … RETURNING '{}'::text[] AS tags_before, tags AS tags_after)
 * ${appendTagChanges('added')}
 * ```
 * @param rows a relation of one row for each subscriber, with the columns `tags_before` and `tags_after`, both `text[]`
 *   without duplicates. Added subscribers have no tags before, and erased ones have none after.
 */
export function appendTagChanges(rows: string): string {
  return `INSERT INTO tag_changes (tag, delta)
    SELECT tag, sum(delta) FROM (
      SELECT unnest(tags_before) AS tag, -1 AS delta FROM ${rows}
      UNION ALL
      SELECT unnest(tags_after), 1 FROM ${rows}
    ) AS deltas
    GROUP BY tag HAVING sum(delta) <> 0`;
}

/** Appends the changes of one subscriber's tags, in the caller's transaction. */
export async function recordTagChange(
  manager: EntityManager,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  if (before.length === 0 && after.length === 0) return;
  await manager.query(
    `WITH change AS (SELECT $1::text[] AS tags_before, $2::text[] AS tags_after) ${appendTagChanges('change')}`,
    [before, after],
  );
}
