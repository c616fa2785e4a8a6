import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { DataSource } from 'typeorm';
import { database } from './database.js';
import { runPendingMigrations } from '@kit/database';

describe('the migrations', () => {
  let testDatabase: TestDatabase;
  let opened: DataSource[];
  beforeEach(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    await testDatabase?.drop();
  });
  const open = async () => {
    const dataSource = await database.dataSource(testDatabase.url).initialize();
    opened.push(dataSource);
    return dataSource;
  };

  test('create the schema of the entities', async () => {
    const dataSource = await open();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  test('can be undone', async () => {
    const dataSource = await open();
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    const tables = await dataSource.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    expect(tables).toEqual([{ tablename: 'migrations' }]);
  });

  test('run once if two processes start them', async () => {
    const [one, other] = [await open(), await open()];
    for (const _ of one.migrations) await one.undoLastMigration();
    const applied = await Promise.all([runPendingMigrations(one), runPendingMigrations(other)]);
    expect(applied.flat()).toEqual(one.migrations.map((migration) => migration.constructor.name));
    expect(await runPendingMigrations(one)).toEqual([]);
  });

  test('create constraints in the database', async () => {
    const dataSource = await open();
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
