import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

describe('lines of the audit log', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });

  test('are kept for as many days as the operator says, and then deleted, batch by batch', async () => {
    await users.database.query(`
      INSERT INTO audit_log (id, at, action)
        SELECT gen_random_uuid(), now() - interval '7 days 1 minute', 'LOGIN_FAILED' FROM generate_series(1, 2500)
        UNION ALL
        SELECT gen_random_uuid(), now() - interval '6 days 23 hours', 'LOGIN_SUCCEEDED' FROM generate_series(1, 3)`);
    const replica = await runUsers(testDatabase.url, { AUDIT_LOG_RETENTION_DAYS: '7' });
    try {
      await waitUntil(() => replica.log.some((line) => line.includes('"table":"audit_log","deleted":2500')));
    } finally {
      await replica.close();
    }
    expect(await users.database.query('SELECT action, count(*)::int FROM audit_log GROUP BY action')).toEqual(
      [{ action: 'LOGIN_SUCCEEDED', count: 3 }],
    );
  });
});
