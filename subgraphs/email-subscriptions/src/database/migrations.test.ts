import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { DataSource } from 'typeorm';
import { SUBSCRIBER_STATUSES, statusOf } from '../subscribers/subscriber-status.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { database } from './database.js';
import { EventDetailsAndConsumers1786100000000 } from './migrations/1786100000000-event-details-and-consumers.js';

describe('the migrations', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    dataSource = await database.dataSource(testDatabase.url).initialize();
  });
  afterEach(async () => {
    await dataSource?.destroy();
    await testDatabase?.drop();
  });

  test('create the schema of the entities', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  test('can be undone', async () => {
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    const tables = await dataSource.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    expect(tables).toEqual([{ tablename: 'migrations' }]);
  });

  test('wait for a running batch of the relay when they are undone', async () => {
    const relay = dataSource.createQueryRunner();
    await relay.startTransaction();
    await relay.query('LOCK TABLE outbox IN ROW EXCLUSIVE MODE');
    const migration = dataSource.createQueryRunner();
    await migration.startTransaction();
    const undone = new EventDetailsAndConsumers1786100000000().down(migration);
    await waitUntil(async () => {
      const waiting: unknown[] = await relay.query(
        "SELECT FROM pg_locks WHERE NOT granted AND relation IN ('outbox'::regclass, 'event_log'::regclass)",
      );
      return waiting.length > 0;
    });
    await relay.query('LOCK TABLE event_log IN ROW EXCLUSIVE MODE');
    await relay.commitTransaction();
    await undone;
    await migration.commitTransaction();
    await Promise.all([relay.release(), migration.release()]);
  });

  test('turn the statuses of earlier versions into facts, and accept rows of replicas of the earlier version', async () => {
    while (
      (await dataSource.query('SELECT FROM pg_class WHERE relname = $1', ['subscriber_history'])).length > 0
    ) {
      await dataSource.undoLastMigration();
    }
    const insert = (status: string) =>
      dataSource.query(
        `INSERT INTO subscribers (id, email, email_normalized, search_text, added_at, name, status)
         VALUES (gen_random_uuid(), $1, $1, $1, '2026-01-01', 'Ann', $1)`,
        [status],
      );
    for (const status of SUBSCRIBER_STATUSES) await insert(status);
    await dataSource.runMigrations();
    const repository = dataSource.getRepository(SubscriberEntity);
    const migrated = await repository.find();
    expect(migrated).toHaveLength(SUBSCRIBER_STATUSES.length);
    for (const subscriber of migrated) {
      const { status, addedAt, updatedAt, revision } = subscriber;
      expect(statusOf(subscriber)).toBe(status);
      expect({ updatedAt, revision }).toEqual({ updatedAt: addedAt, revision: 1 });
    }
    expect(migrated.find(({ status }) => status === 'ERASED')).toMatchObject({
      email: null,
      name: null,
      searchText: '',
    });
    await repository.deleteAll();
    await insert('ACTIVE');
    expect(await repository.find()).toMatchObject([
      { status: 'ACTIVE', tags: [], updatedAt: expect.any(Date) },
    ]);
  });

  test('count the subscribers of earlier versions, but not changes whose events have no number yet', async () => {
    while (
      (await dataSource.query('SELECT FROM pg_class WHERE relname = $1', ['subscriber_totals'])).length > 0
    ) {
      await dataSource.undoLastMigration();
    }
    const add = async (email: string, fact: string | null = null) => {
      const [{ id }] = await dataSource.query<[{ id: string }]>(
        `INSERT INTO subscribers (id, email, email_normalized, search_text, added_at, updated_at, status, unsubscribed_at)
         VALUES (gen_random_uuid(), $1, $1, $1, '2026-01-01T10:20Z', '2026-01-01T10:20Z', $2, $3) RETURNING id`,
        [email, fact === null ? 'ACTIVE' : 'UNSUBSCRIBED', fact],
      );
      return id;
    };
    await add('counted@example.com');
    const left = await add('left@example.com', '2026-01-02T10:00Z');
    await dataSource.query(
      `INSERT INTO subscriber_history (subscriber_id, revision, at, kind, source)
       VALUES ($1, 2, '2026-01-02T10:00Z', 'UNSUBSCRIBED', 'FORM')`,
      [left],
    );
    const [moved, waiting, bulk] = [
      await add('moved@example.com'),
      await add('waiting@example.com'),
      await add('bulk@example.com'),
    ];
    await dataSource.query(
      `INSERT INTO event_log (seq, type, subject_id, occurred_at) VALUES (1, 'subscriber.added', $1, now())`,
      [moved],
    );
    await dataSource.query('UPDATE event_log_state SET last_seq = 1');
    await dataSource.query(
      `INSERT INTO outbox (type, subject_id, occurred_at, detail) VALUES
         ('subscriber.added', $1, now(), NULL),
         ('subscriber.unsubscribed', $2, '2026-01-02T10:00Z', '{"before":"ACTIVE","after":"UNSUBSCRIBED"}')`,
      [waiting, left],
    );
    await dataSource.query(
      `INSERT INTO outbox_bulk (type, subject_ids, occurred_at, detail)
       VALUES ('subscriber.added', ARRAY[$1::uuid], now(), '{"before":null,"after":"ACTIVE"}')`,
      [bulk],
    );
    await dataSource.runMigrations();
    const totals = await dataSource.query('SELECT status, n::int FROM subscriber_totals WHERE n <> 0');
    expect(totals).toEqual([{ status: 'ACTIVE', n: 3 }]);
    const figures = await dataSource.query(
      'SELECT quarter, added, unsubscribed FROM subscriber_figures WHERE added + unsubscribed <> 0',
    );
    expect(figures).toEqual([{ quarter: new Date('2026-01-01T10:15Z'), added: 3, unsubscribed: 0 }]);
    expect(await dataSource.query('SELECT name, seq::int FROM event_log_consumers')).toEqual([
      { name: 'subscriber-figures', seq: 1 },
    ]);
  });

  test('create constraints in the database', async () => {
    const insert = (name: string | null, status = 'ACTIVE') =>
      dataSource.query(
        `INSERT INTO subscribers (id, email, email_normalized, search_text, added_at, name, status)
         VALUES (gen_random_uuid(), 'a@b.cd', 'a@b.cd', '', now(), $1, $2)`,
        [name, status],
      );
    await expect(insert('')).rejects.toThrow('subscribers_name_check');
    await expect(insert('x'.repeat(201))).rejects.toThrow('subscribers_name_check');
    await expect(insert(null, 'HAPPY')).rejects.toThrow('subscribers_status_check');
    await insert(null);
    await expect(insert(null)).rejects.toThrow('subscribers_email_normalized_key');
  });
});
