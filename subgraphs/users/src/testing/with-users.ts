import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runUsers, type RunningUsers } from './running-users.js';

/** All tables but `signing_keys`, which the running service has loaded. */
const TABLES = 'mail_jobs, users, sessions, email_tokens, audit_log, throttle, address_repairs';

/** Runs the service for all tests of the surrounding `describe`. Each test starts with empty tables. */
export function withUsers(environment: Record<string, string> = {}) {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  const replicas: RunningUsers[] = [];
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, environment);
  });
  beforeEach(() => users.database.query(`TRUNCATE ${TABLES}`));
  afterEach(() => Promise.all(replicas.splice(0).map((replica) => replica.close())));
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  return {
    get users() {
      return users;
    },
    /** Starts another replica with the same database, until the end of the test. */
    startReplica: async (own: Record<string, string> = {}): Promise<RunningUsers> => {
      const replica = await runUsers(testDatabase.url, { ...environment, ...own });
      replicas.push(replica);
      return replica;
    },
  };
}
