import { expect, test } from '@jest/globals';
import { isDatabaseAway } from '@supergraph/service/database-away';
import { withClient } from '@supergraph/tools/postgres-client';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { linkTo } from '@supergraph/tools/test-postgres/database-link';
import { createDataSource } from './create-data-source.js';

const TIMEOUT_MS = 500;

test('what was given up halfway, since the database did not answer, is nobody else’s to commit', async () => {
  const testDatabase = await createTestDatabase('email-subscriptions');
  const link = await linkTo(testDatabase.url);
  // One connection: whoever comes next would get the same.
  const dataSource = createDataSource(link.url, { poolSize: 1, timeoutMs: TIMEOUT_MS });
  try {
    await dataSource.initialize();
    await dataSource.query('CREATE TABLE noted (what text)');
    const note = (what: string) => `INSERT INTO noted VALUES ('${what}')`;
    const halfway = dataSource.transaction(async (manager) => {
      // As while it is the database that is frozen: it would end the transaction by itself otherwise.
      await manager.query('SET idle_in_transaction_session_timeout = 0');
      await manager.query(note('by whom was given up'));
      link.freeze();
      await manager.query(note('never answered'));
    });
    const fault: unknown = await halfway.catch((reason: unknown) => reason);
    expect(isDatabaseAway(fault)).toBe(true);
    link.mend();
    await dataSource.transaction((manager) => manager.query(note('by whoever came next')));
    const { rows } = await withClient(testDatabase.url, (client) => client.query('SELECT what FROM noted'));
    expect(rows).toEqual([{ what: 'by whoever came next' }]);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await link.close();
    await testDatabase.drop();
  }
});
