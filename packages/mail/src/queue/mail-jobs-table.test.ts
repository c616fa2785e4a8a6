import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MailJobEntity } from './mail-job.entity.js';
import {
  createMailJobs,
  dropMailJobAddressIndex,
  dropMailJobs,
  indexMailJobAddresses,
} from './mail-jobs-table.js';

class CreateMailJobs1700000000000 implements MigrationInterface {
  up(queryRunner: QueryRunner): Promise<void> {
    return createMailJobs(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropMailJobs(queryRunner);
  }
}

class IndexMailJobAddresses1700000000001 implements MigrationInterface {
  up(queryRunner: QueryRunner): Promise<void> {
    return indexMailJobAddresses(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropMailJobAddressIndex(queryRunner);
  }
}

describe('migrations with createMailJobs and indexMailJobAddresses', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  beforeAll(async () => {
    testDatabase = await createEmptyDatabase();
    database = await new DataSource({
      type: 'postgres',
      url: testDatabase.url,
      entities: [MailJobEntity],
      migrations: [CreateMailJobs1700000000000, IndexMailJobAddresses1700000000001],
    }).initialize();
  });
  afterAll(async () => {
    await database?.destroy();
    await testDatabase?.drop();
  });

  test('create the table of the entity, and can be undone', async () => {
    await database.runMigrations();
    const { upQueries } = await database.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    for (const _ of database.migrations) await database.undoLastMigration();
    const tables = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    expect(tables).toEqual([{ tablename: 'migrations' }]);
  });
});
