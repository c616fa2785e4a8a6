import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { BOB, canLogIn as canLogInTo, join, type LoggedIn, type Person } from './people.js';
import { runUsers, type RunningUsers } from './running-users.js';

export const NEW_PASSWORD = 'another battery staple';

export interface PasswordChanged {
  readonly tokens: LoggedIn['tokens'] | null;
  readonly userErrors: { code: string; field: string[] | null }[];
}

/** Sends `changePassword`, by default as an anonymous client. */
export function askToChange(users: RunningUsers, as: AuthContext | undefined, input: object) {
  return users.ask<{ changePassword: PasswordChanged | null }>(
    `mutation ($input: ChangePasswordInput!) {
      changePassword(input: $input) {
        tokens { accessToken expiresAt refreshToken refreshExpiresAt } userErrors { code field }
      }
    }`,
    { variables: { input }, ...(as && { as }) },
  );
}

/** Runs the service for all tests of the surrounding `describe`. Each test has a new, logged-in person. */
export function withLoggedInPerson() {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let person: Person;
  let here: LoggedIn;
  let people = 0;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  beforeEach(async () => {
    person = { ...BOB, email: `person-${people++}@example.com` };
    here = await join(users, person);
  });
  const canLogIn = (password: string) => canLogInTo(users, { ...person, password });
  return {
    get users() {
      return users;
    },
    get person() {
      return person;
    },
    get here() {
      return here;
    },
    canLogIn,
    /** Changes the password to NEW_PASSWORD, unless the input differs. */
    change: async (input: object = {}, as: AuthContext = here.auth) => {
      const given = { currentPassword: person.password, newPassword: NEW_PASSWORD, ...input };
      return (await askToChange(users, as, given)).data!.changePassword!;
    },
    /** Whether the old password and NEW_PASSWORD work. */
    passwords: async () => [await canLogIn(person.password), await canLogIn(NEW_PASSWORD)],
    isLoggedIn: async ({ auth }: Pick<LoggedIn, 'auth'>) => {
      const { data } = await users.ask<{ viewer: object | null }>('{ viewer { email } }', { as: auth });
      return data!.viewer !== null;
    },
  };
}
