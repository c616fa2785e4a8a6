import { afterEach, beforeEach } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { createDataSource } from '../database/create-data-source.js';

/** A database of its own for each test of the surrounding `describe`, with nothing running over it. */
export interface LogDatabase {
  readonly url: string;
  readonly dataSource: DataSource;
  /** A connection to hold a transaction open on, closed after the test. */
  connect(): Promise<Client>;
}

export function withLog(): LogDatabase {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let clients: Client[];
  beforeEach(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    dataSource = await createDataSource(testDatabase.url, { poolSize: 4, timeoutMs: 10_000 }).initialize();
    clients = [];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
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

/** Notes events as a transaction would, about subjects of these ids. */
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

/** The log from its beginning, as pairs of number and subject. */
export async function loggedSubjects(dataSource: DataSource): Promise<[number, string][]> {
  const rows: { seq: string; subject_id: string }[] = await dataSource.query(
    'SELECT seq, subject_id FROM event_log ORDER BY seq',
  );
  return rows.map(({ seq, subject_id }) => [Number(seq), subject_id]);
}
