import { expect, test } from '@jest/globals';
import { runProgram } from '@supergraph/tools/run-program';
import { createTestDatabase } from '@supergraph/tools/test-postgres/database';
import { database } from './database/database.js';

test('new-epoch.js prints the new epoch of the log', async () => {
  const testDatabase = await createTestDatabase('users');
  const program = new URL('./new-epoch.js', import.meta.url);
  const { status, stdout, stderr } = await runProgram(program, { DATABASE_URL: testDatabase.url });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const dataSource = await database.dataSource(testDatabase.url).initialize();
  const [{ epoch }] = (await dataSource.query('SELECT epoch FROM event_log_state')) as [{ epoch: string }];
  await dataSource.destroy();
  await testDatabase.drop();
  expect(stdout).toBe(`users: the event log has a new epoch, ${epoch}\n`);
});
