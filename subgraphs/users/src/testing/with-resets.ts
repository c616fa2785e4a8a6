import { afterAll, beforeAll } from '@jest/globals';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { mailTo, resetTokenOf } from './mail.js';
import { ADA, canLogIn, register, type Person } from './people.js';
import { runUsers, type RunningUsers } from './running-users.js';

/** Runs the service with a mail server for all tests of the surrounding `describe`. */
export function withResets() {
  let testDatabase: TestDatabase;
  let smtp: SmtpCatcher;
  let users: RunningUsers;
  let number = 0;
  beforeAll(async () => {
    [testDatabase, smtp] = await Promise.all([createTestDatabase('users'), SmtpCatcher.start()]);
    users = await runUsers(testDatabase.url, { SMTP_URL: smtp.url, APP_URL: 'https://app.example.com' });
  });
  afterAll(async () => {
    await users?.close();
    await smtp?.close();
    await testDatabase?.drop();
  });
  return {
    get users() {
      return users;
    },
    get smtp() {
      return smtp;
    },
    /** Somebody new, whose first mail has come. */
    somebody: async (): Promise<Person> => {
      const person = { ...ADA, email: `ada-${(number += 1)}@example.com` };
      await register(users, person);
      await mailTo(smtp, person.email);
      return person;
    },
    /** The token of a reset that they ask for. */
    tokenOf: ({ email }: Person) => resetTokenOf(users, smtp, email),
    canLogIn: (person: Person, password: string) => canLogIn(users, { ...person, password }),
  };
}
