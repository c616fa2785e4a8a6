import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { defineDatabase } from './define-database.js';
import { runPendingMigrations } from './run-migrations.js';

class CreateFirst1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Long enough for the other process to find it pending, if no lock held it back.
    await queryRunner.query('SELECT pg_sleep(0.3)');
    await queryRunner.query('CREATE TABLE first ()');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE first');
  }
}

class CreateSecond1790000000001 implements MigrationInterface {
  static isBroken = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE second ()');
    if (CreateSecond1790000000001.isBroken) throw new Error('a broken migration');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE second');
  }
}

const migrations = [CreateFirst1790000000000, CreateSecond1790000000001];
const database = defineDatabase({ name: 'test', entities: [], migrations });

let testDatabase: TestDatabase;
let opened: DataSource[];
beforeEach(async () => {
  testDatabase = await createEmptyDatabase();
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

test('migrations run once if two processes start them', async () => {
  const [one, other] = [await open(), await open()];
  const applied = await Promise.all([runPendingMigrations(one), runPendingMigrations(other)]);
  expect(applied.flat()).toEqual(migrations.map(({ name }) => name));
  expect(await runPendingMigrations(one)).toEqual([]);
});

test('a migration that fails leaves nothing, and the earlier ones stay', async () => {
  const one = await database.dataSource(testDatabase.url).initialize();
  CreateSecond1790000000001.isBroken = true;
  await expect(runPendingMigrations(one)).rejects.toThrow('a broken migration');
  // The lock ends with the process.
  await one.destroy();
  CreateSecond1790000000001.isBroken = false;
  expect(await runPendingMigrations(await open())).toEqual(['CreateSecond1790000000001']);
});
