import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { type DatabaseAddress } from '@kit/database';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { database } from '../database/database.js';

/** A database without a service for the tests of the surrounding `describe`. Each test starts with empty tables. */
export interface LogDatabase {
  readonly address: DatabaseAddress;
  readonly dataSource: DataSource;
  /** Opens a connection, which is closed after the test. */
  connect(): Promise<Client>;
}

export function withLog(): LogDatabase {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let clients: Client[] = [];
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    dataSource = await database.dataSource(testDatabase.url, { poolSize: 4, timeoutMs: 10_000 }).initialize();
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
    get address() {
      return { url: testDatabase.url, application: 'email-subscriptions' };
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

/** Deletes all subscribers and events, and starts a new epoch with number 1. */
export async function emptyLog(dataSource: DataSource): Promise<void> {
  await dataSource.query('TRUNCATE subscribers, outbox, event_log RESTART IDENTITY CASCADE');
  await dataSource.query(
    'UPDATE event_log_state SET epoch = gen_random_uuid()::text, last_seq = 0, trimmed_seq = 0',
  );
}

/** Records events for subjects with these ids, as the transaction of a change does. */
export async function note(
  database: { query(sql: string, values: unknown[]): Promise<unknown> },
  subjectIds: readonly string[],
  { type = 'subscriber.added', occurredAt = new Date() } = {},
): Promise<void> {
  await database.query(
    `INSERT INTO outbox (type, subject_id, occurred_at)
     SELECT $1, id, $2 FROM unnest($3::uuid[]) WITH ORDINALITY AS given (id, place) ORDER BY place`,
    [type, occurredAt, subjectIds],
  );
}

/** All events of the log, as pairs of number and subject. */
export async function loggedSubjects(dataSource: DataSource): Promise<[number, string][]> {
  const rows: { seq: string; subject_id: string }[] = await dataSource.query(
    'SELECT seq, subject_id FROM event_log ORDER BY seq',
  );
  return rows.map(({ seq, subject_id }) => [Number(seq), subject_id]);
}
