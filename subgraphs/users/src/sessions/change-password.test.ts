import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { hashPassword } from '../accounts/password.js';
import { meetAtWrite, waitingForLock } from '../testing/meet-at-write.js';
import { authOf, BOB, join, logIn, refresh, type LoggedIn, type Person } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

const NEW_PASSWORD = 'another battery staple';

interface Changed {
  tokens: LoggedIn['tokens'] | null;
  userErrors: { code: string; field: string[] | null }[];
}

describe('changing the password', () => {
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
  const ask = (as: AuthContext | undefined, input: object) =>
    users.ask<{ changePassword: Changed | null }>(
      `mutation ($input: ChangePasswordInput!) {
        changePassword(input: $input) {
          tokens { accessToken expiresAt refreshToken refreshExpiresAt } userErrors { code field }
        }
      }`,
      { variables: { input }, ...(as && { as }) },
    );
  const change = async (input: object = {}, as: AuthContext = here.auth) => {
    const given = { currentPassword: person.password, newPassword: NEW_PASSWORD, ...input };
    return (await ask(as, given)).data!.changePassword!;
  };
  const canLogIn = async (password: string) => {
    const { data } = await users.ask<{ login: { tokens: object | null } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { tokens { accessToken } } }',
      { variables: { input: { email: person.email, password } } },
    );
    return data!.login.tokens !== null;
  };
  const passwords = async () => [await canLogIn(person.password), await canLogIn(NEW_PASSWORD)];
  const isLoggedIn = async ({ auth }: Pick<LoggedIn, 'auth'>) =>
    (await users.ask<{ viewer: object | null }>('{ viewer { email } }', { as: auth })).data!.viewer !== null;
  const audited = async () => {
    const rows = await users.database.query<{ action: string; detail: object }[]>(
      "SELECT action, detail FROM audit_log WHERE subject_id = $1 AND action NOT LIKE 'LOGIN_SUC%' AND action NOT LIKE 'ACC%' ORDER BY id",
      [here.auth.viewer.userId],
    );
    return rows.map(({ action, detail }) => ({ action, ...detail }));
  };

  test('ends the other sessions and gives this one new tokens', async () => {
    const there = await logIn(users, person);
    const { tokens, userErrors } = await change();
    expect(userErrors).toEqual([]);
    expect((await authOf(users, tokens!.accessToken)).viewer).toEqual(here.auth.viewer);
    expect(tokens!.refreshExpiresAt).toBe(here.tokens.refreshExpiresAt);
    expect([await isLoggedIn(here), await isLoggedIn(there)]).toEqual([true, false]);
    expect(await passwords()).toEqual([false, true]);
    expect(tokens!.refreshToken).not.toBe(here.tokens.refreshToken);
    expect((await refresh(users, tokens!.refreshToken)).userErrors).toEqual([]);
    expect(await audited()).toContainEqual({ action: 'PASSWORD_CHANGED' });
    expect(await audited()).toContainEqual({ action: 'SESSIONS_ENDED', count: 1 });
    for (const secret of [person.password, NEW_PASSWORD, tokens!.refreshToken]) {
      expect(users.log.join('')).not.toContain(secret);
    }
  });

  test.each([
    [false, true],
    [null, false],
  ])('with revokeOtherSessions: %s leaves them alive: %s', async (revokeOtherSessions, alive) => {
    const there = await logIn(users, person);
    await change({ revokeOtherSessions });
    expect(await isLoggedIn(there)).toBe(alive);
  });

  test('with a wrong current password changes nothing and says which field', async () => {
    const there = await logIn(users, person);
    expect(await change({ currentPassword: 'wrong horse' })).toEqual({
      tokens: null,
      userErrors: [{ code: 'INVALID_CREDENTIALS', field: ['input', 'currentPassword'] }],
    });
    expect(await passwords()).toEqual([true, false]);
    expect(await isLoggedIn(there)).toBe(true);
    expect(await audited()).toContainEqual({ action: 'LOGIN_FAILED', loggedIn: true });
  });

  test('to a weak one changes nothing and says which field', async () => {
    expect(await change({ newPassword: 'short' })).toEqual({
      tokens: null,
      userErrors: [{ code: 'WEAK_PASSWORD', field: ['input', 'newPassword'] }],
    });
    expect(await canLogIn(person.password)).toBe(true);
  });

  test('again, since the answer was lost, gives the same refresh token and changes nothing', async () => {
    const first = await change();
    const before = await audited();
    const again = await change();
    expect(again.userErrors).toEqual([]);
    expect(again.tokens!.refreshToken).toBe(first.tokens!.refreshToken);
    expect(await audited()).toEqual(before);
    expect((await refresh(users, again.tokens!.refreshToken)).userErrors).toEqual([]);
  });

  test('again with a wrong current and a wrong new password is refused', async () => {
    await change();
    const { userErrors } = await change({ newPassword: 'yet another staple' });
    expect(userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
    expect(await passwords()).toEqual([false, true]);
  });

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

  test.each([
    ['has ended', 'ended_at = now()'],
    ['has expired', "created_at = now() - interval '31 days', expires_at = now()"],
  ])('does not work with a session that %s, nor for strangers', async (_, how) => {
    await users.database.query(`UPDATE sessions SET ${how} WHERE id = $1`, [here.auth.viewer.sessionId]);
    for (const [currentPassword, as] of [
      [person.password, here.auth],
      ['wrong horse', here.auth],
      [person.password, undefined],
    ] as const) {
      const { data, errors } = await ask(as, { currentPassword, newPassword: NEW_PASSWORD });
      expect(data).toEqual({ changePassword: null });
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect(await passwords()).toEqual([true, false]);
  });

  test('does not happen once the session has ended, though it was alive when asked', async () => {
    const holder = users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId, sessionId } = here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const asked = ask(here.auth, { currentPassword: person.password, newPassword: NEW_PASSWORD });
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
