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
