import { withClient } from '@supergraph/tools/postgres-client';

/** A subscriber as the database holds it in the end. */
export interface Subscriber {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly addedBy: string;
}

/** Whom an answer or an event named. */
export type Named = Pick<Subscriber, 'id' | 'email'>;

export interface LogEntry {
  readonly seq: number;
  readonly subscriberId: string;
}

/** The oracle: what the database holds after the last kill. The log is in the order of `seq`. */
export interface Truth {
  readonly subscribers: readonly Subscriber[];
  readonly log: readonly LogEntry[];
}

/** All of it as of one moment. */
export async function readTruth(databaseUrl: string): Promise<Truth> {
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const subscribers = await client.query<Subscriber>(
      'SELECT id, email, name, added_by AS "addedBy" FROM subscribers',
    );
    const log = await client.query<LogEntry>(
      'SELECT seq::int, subject_id AS "subscriberId" FROM event_log ORDER BY seq',
    );
    return { subscribers: subscribers.rows, log: log.rows };
  });
}
