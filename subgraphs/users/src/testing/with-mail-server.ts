import { afterEach, beforeEach } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runUsers, type RunningUsers } from './running-users.js';

interface MailServer {
  readonly smtp: SmtpCatcher;
  /** Starts a replica of the service, which sends mails by this server unless told otherwise. */
  start(environment?: Record<string, string>): Promise<RunningUsers>;
  /** Ends one of them before the test does. */
  stop(users: RunningUsers): Promise<void>;
}

/** Gives each test of the surrounding `describe` a mail server, and a database of its own for replicas of the service. */
export function withMailServer(): MailServer {
  let testDatabase: TestDatabase | undefined;
  let smtp: SmtpCatcher | undefined;
  const replicas = new Set<RunningUsers>();
  beforeEach(async () => {
    [testDatabase, smtp] = await Promise.all([createTestDatabase('users'), SmtpCatcher.start()]);
  });
  afterEach(async () => {
    await Promise.all([...replicas].map((users) => users.close()));
    replicas.clear();
    await smtp?.close();
    await testDatabase?.drop();
  });
  return {
    get smtp() {
      return smtp!;
    },
    async start(environment = {}) {
      const users = await runUsers(testDatabase!.url, { SMTP_URL: smtp!.url, ...environment });
      replicas.add(users);
      return users;
    },
    async stop(users) {
      replicas.delete(users);
      await users.close();
    },
  };
}
