import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { DataSource } from 'typeorm';
import { repeatedTransaction } from './repeated-transaction.js';

let testDatabase: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  testDatabase = await createEmptyDatabase();
  dataSource = await new DataSource({ type: 'postgres', url: testDatabase.url }).initialize();
  await dataSource.query('CREATE TABLE counters (id text PRIMARY KEY, n integer NOT NULL)');
  await dataSource.query(`INSERT INTO counters VALUES ('a', 0), ('b', 0)`);
});
afterAll(async () => {
  await dataSource?.destroy();
  await testDatabase?.drop();
});

test('repeats the transaction that ends a deadlock', async () => {
  let waiting = 0;
  let bothHaveLocks: () => void;
  const reached = new Promise<void>((resolve) => (bothHaveLocks = resolve));
  let attempts = 0;
  const increment = (first: string, second: string) =>
    repeatedTransaction(dataSource, async (manager) => {
      attempts += 1;
      await manager.query('UPDATE counters SET n = n + 1 WHERE id = $1', [first]);
      if (++waiting === 2) bothHaveLocks();
      await reached;
      await manager.query('UPDATE counters SET n = n + 1 WHERE id = $1', [second]);
    });
  await Promise.all([increment('a', 'b'), increment('b', 'a')]);
  expect(attempts).toBe(3);
  expect(await dataSource.query('SELECT n FROM counters')).toEqual([{ n: 2 }, { n: 2 }]);
});

test('does not repeat another failure', async () => {
  let attempts = 0;
  const failing = repeatedTransaction(dataSource, async (manager) => {
    attempts += 1;
    await manager.query('SELECT 1 / 0');
  });
  await expect(failing).rejects.toThrow('division by zero');
  expect(attempts).toBe(1);
});
