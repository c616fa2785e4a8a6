import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { hashPassword } from '../accounts/password.js';
import { meetAtWrite, waitingForLock } from '../testing/meet-at-write.js';
import { askToChange } from '../testing/password-change.js';
import { BOB, canLogIn as canLogInTo, join, logIn, type LoggedIn, type Person } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

const NEW_PASSWORD = 'another battery staple';

describe('a change of the password that meets something else', () => {
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
  const change = async (input: object = {}, as: AuthContext = here.auth) => {
    const given = { currentPassword: person.password, newPassword: NEW_PASSWORD, ...input };
    return (await askToChange(users, as, given)).data!.changePassword!;
  };
  const canLogIn = (password: string) => canLogInTo(users, { ...person, password });
  const passwords = async () => [await canLogIn(person.password), await canLogIn(NEW_PASSWORD)];
  const isLoggedIn = async ({ auth }: Pick<LoggedIn, 'auth'>) =>
    (await users.ask<{ viewer: object | null }>('{ viewer { email } }', { as: auth })).data!.viewer !== null;

  test('twice at once to different ones: one wins, and the other’s current password is wrong', async () => {
    const there = await logIn(users, person);
    const answers = await meetAtWrite(users.database, 'users', [
      () => change({ revokeOtherSessions: false }),
      () => change({ newPassword: 'yet another staple', revokeOtherSessions: false }, there.auth),
    ]);
    const codes = answers.map(({ userErrors }) => userErrors[0]?.code ?? 'changed').toSorted();
    expect(codes).toEqual(['INVALID_CREDENTIALS', 'changed']);
    const winner = answers[0]!.tokens ? NEW_PASSWORD : 'yet another staple';
    const loser = answers[0]!.tokens ? 'yet another staple' : NEW_PASSWORD;
    expect([await canLogIn(winner), await canLogIn(loser)]).toEqual([true, false]);
  });

  test('twice at once to the same one gives both the same refresh token', async () => {
    const [one, other] = await meetAtWrite(users.database, 'users', [() => change(), () => change()]);
    expect(one!.userErrors).toEqual([]);
    expect(other!.tokens!.refreshToken).toBe(one!.tokens!.refreshToken);
  });

  test('keeps out whoever is logging in with the old one at the same moment', async () => {
    const holder = users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId } = here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const login = users.ask<{ login: { userErrors: { code: string }[] } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code } } }',
      { variables: { input: { email: person.email, password: person.password } } },
    );
    // The password is verified by now, as the right one.
    await waitUntil(async () => (await waitingForLock(users.database)) > 0);
    await holder.query('UPDATE users SET password_hash = $2 WHERE id = $1', [
      userId,
      await hashPassword(NEW_PASSWORD),
    ]);
    await holder.commitTransaction();
    await holder.release();
    expect((await login).data!.login.userErrors).toEqual([{ code: 'INVALID_CREDENTIALS' }]);
  });

  test('does not happen once the session has ended, though it was alive when asked', async () => {
    const holder = users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId, sessionId } = here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const asked = askToChange(users, here.auth, {
      currentPassword: person.password,
      newPassword: NEW_PASSWORD,
    });
    await waitUntil(async () => (await waitingForLock(users.database)) > 0);
    await users.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [sessionId]);
    await holder.commitTransaction();
    await holder.release();
    expect((await asked).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await passwords()).toEqual([true, false]);
  });

  test('while another session ends all of them: neither waits for the other, and none is left', async () => {
    const changer = await logIn(users, person);
    const given = { currentPassword: person.password, newPassword: NEW_PASSWORD };
    const logout = async () => {
      // The change holds its own session by now, and has yet to end the older one.
      await waitUntil(async () => (await waitingForLock(users.database)) > 0);
      const everywhere = 'mutation { logout(input: { allSessions: true }) { revoked } }';
      const { errors } = await users.ask(everywhere, { as: here.auth });
      return errors?.[0]?.extensions.code;
    };
    const changed = async () => (await change(given, changer.auth)).userErrors[0]?.code;
    expect(await meetAtWrite(users.database, 'users', [changed, logout])).toEqual([undefined, undefined]);
    expect(await isLoggedIn(here)).toBe(false);
    expect(await passwords()).toEqual([false, true]);
  });
});
