import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { DataSource } from 'typeorm';
import { database } from './database.js';
import { runPendingMigrations } from '@kit/database';

describe('migrations', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    dataSource = await database.dataSource(testDatabase.url).initialize();
  });
  afterEach(async () => {
    await dataSource?.destroy();
    await testDatabase?.drop();
  });

  test('create exactly the schema of the entities', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  test('can be reverted', async () => {
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    const tables = await dataSource.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    expect(tables).toEqual([{ tablename: 'migrations' }]);
  });

  test('keep the users and keys of an older installation', async () => {
    for (const _ of dataSource.migrations.slice(1)) await dataSource.undoLastMigration();
    const id = '019a0000-0000-7000-8000-000000000001';
    await dataSource.query(
      `INSERT INTO users VALUES ($1, 'Ada@Example.com', 'ada@example.com', 'Ada', 'a hash', '{EDITOR}', now())`,
      [id],
    );
    await dataSource.query(
      `INSERT INTO sessions (id, user_id, refresh_token_hash, created_at, last_used_at, expires_at)
       VALUES ($1, $1, sha256('a token'), now(), now(), now() + interval '1 day')`,
      [id],
    );
    await dataSource.query(`INSERT INTO signing_keys VALUES ('a key', 'sealed', now() - interval '1 hour')`);
    await runPendingMigrations(dataSource);
    expect(await dataSource.query('SELECT email, search_text, email_verified_at FROM users')).toEqual([
      { email: 'Ada@Example.com', search_text: 'ADA@EXAMPLE.COM\nADA', email_verified_at: null },
    ]);
    expect(await dataSource.query('SELECT signs_from = created_at AS signs FROM signing_keys')).toEqual([
      { signs: true },
    ]);
    expect(await dataSource.query('SELECT id FROM sessions')).toEqual([]);
  });

  test('keep the time when a refresh token was used', async () => {
    for (const _ of dataSource.migrations.slice(2)) await dataSource.undoLastMigration();
    const id = '019a0000-0000-7000-8000-000000000001';
    await dataSource.query(
      `INSERT INTO users (id, email, email_normalized, display_name, password_hash, roles, created_at, search_text)
       VALUES ($1, 'ada@example.com', 'ada@example.com', 'Ada', 'a hash', '{EDITOR}', now(), 'ADA')`,
      [id],
    );
    await dataSource.query(
      `INSERT INTO sessions (id, user_id, generation, seed, rotated_at, created_at, last_used_at, expires_at)
       VALUES ($1, $1, 1, sha256('a seed'), now(), now(), now(), now() + interval '1 day')`,
      [id],
    );
    const rotated = await dataSource.query('SELECT ARRAY[rotated_at] AS used_up_at FROM sessions');
    await runPendingMigrations(dataSource);
    expect(await dataSource.query('SELECT used_up_at FROM sessions')).toEqual(rotated);
  });
});
