import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { askToChange } from '../testing/password-change.js';
import {
  authOf,
  BOB,
  canLogIn as canLogInTo,
  join,
  logIn,
  refresh,
  type LoggedIn,
  type Person,
} from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const NEW_PASSWORD = 'another battery staple';

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
  const change = async (input: object = {}, as: AuthContext = here.auth) => {
    const given = { currentPassword: person.password, newPassword: NEW_PASSWORD, ...input };
    return (await askToChange(users, as, given)).data!.changePassword!;
  };
  const canLogIn = (password: string) => canLogInTo(users, { ...person, password });
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

  test('leaves no link that was mailed before to change it back', async () => {
    const token = await mailedToken(users, person.email, 'RESET_PASSWORD');
    await change();
    await resetPassword(users, token, 'what a thief would choose');
    expect(await passwords()).toEqual([false, true]);
  });

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
      const { data, errors } = await askToChange(users, as, { currentPassword, newPassword: NEW_PASSWORD });
      expect(data).toEqual({ changePassword: null });
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect(await passwords()).toEqual([true, false]);
  });
});
