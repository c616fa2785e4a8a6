import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createBulkOutbox } from '../tables/create-bulk-outbox.js';
import { createEventLog } from '../tables/create-event-log.js';
import { ADDED, notesDataSource } from './notes-database.js';

/** A database without a service for the tests of the surrounding `describe`. Each test starts with empty tables. */
export interface LogDatabase {
  readonly url: string;
  readonly dataSource: DataSource;
  /** Opens a connection, which is closed after the test. */
  connect(): Promise<Client>;
}

export function withLog(): LogDatabase {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let clients: Client[] = [];
  beforeAll(async () => {
    testDatabase = await createEmptyDatabase();
    dataSource = await notesDataSource(testDatabase.url).initialize();
    await dataSource.query('CREATE TABLE notes (id uuid PRIMARY KEY, text text NOT NULL)');
    const queryRunner = dataSource.createQueryRunner();
    await createEventLog(queryRunner);
    await createBulkOutbox(queryRunner);
    await queryRunner.release();
  });
  beforeEach(() => emptyLog(dataSource));
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    clients = [];
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await testDatabase?.drop();
  });
  return {
    get url() {
      return testDatabase.url;
    },
    get dataSource() {
      return dataSource;
    },
    async connect() {
      const client = new Client({ connectionString: testDatabase.url });
      client.on('error', () => {});
      await client.connect();
      clients.push(client);
      return client;
    },
  };
}

/** Deletes all notes and events, and starts a new epoch with number 1. */
export async function emptyLog(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    'TRUNCATE notes, outbox, outbox_bulk, event_log, event_log_consumers RESTART IDENTITY',
  );
  await dataSource.query(
    'UPDATE event_log_state SET epoch = gen_random_uuid()::text, last_seq = 0, trimmed_seq = 0',
  );
}

/** Writes events of subjects with these ids to the outbox, as the transaction of a change does. */
export async function record(
  database: { query(sql: string, values: unknown[]): Promise<unknown> },
  subjectIds: readonly string[],
  { kind = ADDED, occurredAt = new Date() } = {},
): Promise<void> {
  await database.query(
    `INSERT INTO outbox (type, subject_id, occurred_at)
     SELECT $1, id, $2 FROM unnest($3::uuid[]) WITH ORDINALITY AS given (id, place) ORDER BY place`,
    [kind, occurredAt, subjectIds],
  );
}

/** Writes bulk events of subjects with these ids in rows of `inRow` events, as the transaction of a job does. */
export async function recordBulk(
  database: { query(sql: string, values: unknown[]): Promise<unknown> },
  subjectIds: readonly string[],
  inRow = 100,
): Promise<void> {
  await database.query(
    `INSERT INTO outbox_bulk (type, subject_ids, occurred_at)
     SELECT $1, array_agg(id ORDER BY place), now() FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, place)
     GROUP BY (place - 1) / $3::int ORDER BY (place - 1) / $3::int`,
    [ADDED, subjectIds, inRow],
  );
}

/** All events of the log, as pairs of number and subject. */
export async function loggedSubjects(dataSource: DataSource): Promise<[number, string][]> {
  const rows: { seq: string; subject_id: string }[] = await dataSource.query(
    'SELECT seq, subject_id FROM event_log ORDER BY seq',
  );
  return rows.map(({ seq, subject_id }) => [Number(seq), subject_id]);
}
