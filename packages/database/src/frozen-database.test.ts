import { expect, test } from '@jest/globals';
import { isDatabaseAway } from '@kit/service';
import { withClient } from '@supergraph/tools/postgres-client';
import { createEmptyDatabase } from '@supergraph/tools/test-postgres/database';
import { linkTo } from '@supergraph/tools/test-postgres/database-link';
import { defineDatabase } from './define-database.js';

const TIMEOUT_MS = 500;

test('a transaction with a query timeout is not committed by the next user of the connection', async () => {
  const testDatabase = await createEmptyDatabase();
  const link = await linkTo(testDatabase.url);
  // With one connection, the next transaction would get the same one.
  const dataSource = defineDatabase({ name: 'test', entities: [], migrations: [] }).dataSource(link.url, {
    poolSize: 1,
    timeoutMs: TIMEOUT_MS,
  });
  try {
    await dataSource.initialize();
    await dataSource.query('CREATE TABLE inserted (author text)');
    const insert = (author: string) => `INSERT INTO inserted VALUES ('${author}')`;
    const timedOut = dataSource.transaction(async (manager) => {
      // A frozen database would not end the transaction by itself either.
      await manager.query('SET idle_in_transaction_session_timeout = 0');
      await manager.query(insert('by the first'));
      link.freeze();
      await manager.query(insert('by the first, without a response'));
    });
    const fault: unknown = await timedOut.catch((reason: unknown) => reason);
    expect(isDatabaseAway(fault)).toBe(true);
    link.mend();
    await dataSource.transaction((manager) => manager.query(insert('by the next')));
    const { rows } = await withClient(testDatabase.url, (client) =>
      client.query('SELECT author FROM inserted'),
    );
    expect(rows).toEqual([{ author: 'by the next' }]);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await link.close();
    await testDatabase.drop();
  }
});
