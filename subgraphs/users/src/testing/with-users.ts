import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runUsers, type RunningUsers } from './running-users.js';

/** All tables but `signing_keys`, which the running service has loaded. The mail worker locks them in this order. */
const TABLES = 'mail_jobs, users, sessions, email_tokens, audit_log, throttle, address_repairs';

/**
 * Runs the service for all tests of the surrounding `describe`. Each test starts with empty tables and an empty log.
 * @param environment returns variables of the service and its replicas
 */
export function withUsers(environment: () => Record<string, string> = () => ({})) {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  const replicas = new Set<RunningUsers>();
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, environment());
  });
  beforeEach(async () => {
    await users.database.query(`TRUNCATE ${TABLES}`);
    users.clearLog();
  });
  const stop = async (replica: RunningUsers): Promise<void> => {
    replicas.delete(replica);
    await replica.close();
  };
  afterEach(() => Promise.all([...replicas].map(stop)));
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  return {
    get users() {
      return users;
    },
    /** Starts another replica with the same database. It stops at the end of the test. */
    startReplica: async (own: Record<string, string> = {}): Promise<RunningUsers> => {
      const replica = await runUsers(testDatabase.url, { ...environment(), ...own });
      replicas.add(replica);
      return replica;
    },
    /** Stops a replica before the test ends. */
    stop,
  };
}
