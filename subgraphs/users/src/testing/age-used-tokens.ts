import type { DataSource } from 'typeorm';

/** Makes the used refresh tokens of a session, or of all sessions, some seconds older. */
export async function ageUsedTokens(
  database: DataSource,
  seconds: number,
  sessionId?: string,
): Promise<void> {
  await database.query(
    `UPDATE sessions SET used_up_at = ARRAY(
       SELECT at - make_interval(secs => $1)
       FROM unnest(used_up_at) WITH ORDINALITY AS used (at, place) ORDER BY place)
     WHERE id = coalesce($2, id)`,
    [seconds, sessionId ?? null],
  );
}
