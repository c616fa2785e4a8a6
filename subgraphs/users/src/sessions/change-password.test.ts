import { describe, expect, test } from '@jest/globals';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { askToChange, NEW_PASSWORD, withLoggedInPerson } from '../testing/password-change.js';
import { authOf, logIn, refresh } from '../testing/people.js';
import { PasswordHasher } from '../accounts/password.js';
import { meetAtWrite, waitingForLock } from '../testing/meet-at-write.js';
import { waitUntil } from '../testing/wait-until.js';

describe('changing the password', () => {
  const service = withLoggedInPerson();
  const { canLogIn, change, isLoggedIn, passwords } = service;
  const audited = async () => {
    const rows = await service.users.database.query<{ action: string; detail: object }[]>(
      "SELECT action, detail FROM audit_log WHERE subject_id = $1 AND action NOT LIKE 'LOGIN_SUC%' AND action NOT LIKE 'ACC%' ORDER BY id",
      [service.here.auth.viewer.userId],
    );
    return rows.map(({ action, detail }) => ({ action, ...detail }));
  };

  test('invalidates password reset links that were mailed before', async () => {
    const token = await mailedToken(service.users, service.person.email, 'RESET_PASSWORD');
    await change();
    await resetPassword(service.users, token, 'what a thief would choose');
    expect(await passwords()).toEqual([false, true]);
  });

  test('revokes the other sessions and returns new tokens for this one', async () => {
    const there = await logIn(service.users, service.person);
    const { tokens, userErrors } = await change();
    expect(userErrors).toEqual([]);
    expect((await authOf(service.users, tokens!.accessToken)).viewer).toEqual(service.here.auth.viewer);
    expect(tokens!.refreshExpiresAt).toBe(service.here.tokens.refreshExpiresAt);
    expect([await isLoggedIn(service.here), await isLoggedIn(there)]).toEqual([true, false]);
    expect(await passwords()).toEqual([false, true]);
    expect(tokens!.refreshToken).not.toBe(service.here.tokens.refreshToken);
    expect((await refresh(service.users, tokens!.refreshToken)).userErrors).toEqual([]);
    expect(await audited()).toContainEqual({ action: 'PASSWORD_CHANGED' });
    const sessionIds = [there.auth.viewer.sessionId];
    expect(await audited()).toContainEqual({ action: 'SESSIONS_ENDED', count: 1, sessionIds });
    for (const secret of [service.person.password, NEW_PASSWORD, tokens!.refreshToken]) {
      expect(service.users.log.join('')).not.toContain(secret);
    }
  });

  test.each([
    [false, true],
    [null, false],
  ])(
    'with revokeOtherSessions %s leaves the other sessions active: %s',
    async (revokeOtherSessions, alive) => {
      const there = await logIn(service.users, service.person);
      await change({ revokeOtherSessions });
      expect(await isLoggedIn(there)).toBe(alive);
    },
  );

  test('with a wrong current password changes nothing and names the field', async () => {
    const there = await logIn(service.users, service.person);
    expect(await change({ currentPassword: 'wrong horse' })).toEqual({
      tokens: null,
      userErrors: [{ code: 'INVALID_CREDENTIALS', field: ['input', 'currentPassword'] }],
    });
    expect(await passwords()).toEqual([true, false]);
    expect(await isLoggedIn(there)).toBe(true);
    expect(await audited()).toContainEqual({ action: 'LOGIN_FAILED', loggedIn: true });
  });

  test('to a weak one changes nothing and names the field', async () => {
    expect(await change({ newPassword: 'short' })).toEqual({
      tokens: null,
      userErrors: [{ code: 'WEAK_PASSWORD', field: ['input', 'newPassword'] }],
    });
    expect(await canLogIn(service.person.password)).toBe(true);
  });

  test('repeated after a lost response returns the same refresh token and changes nothing', async () => {
    const first = await change();
    const before = await audited();
    const again = await change();
    expect(again.userErrors).toEqual([]);
    expect(again.tokens!.refreshToken).toBe(first.tokens!.refreshToken);
    expect(await audited()).toEqual(before);
    expect((await refresh(service.users, again.tokens!.refreshToken)).userErrors).toEqual([]);
  });

  test('repeated with a wrong current and a wrong new password is rejected', async () => {
    await change();
    const { userErrors } = await change({ newPassword: 'yet another staple' });
    expect(userErrors).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
    expect(await passwords()).toEqual([false, true]);
  });

  test.each([
    ['was revoked', 'ended_at = now()'],
    ['has expired', "created_at = now() - interval '31 days', expires_at = now()"],
  ])('is denied if the session %s, and to anonymous clients', async (_, how) => {
    await service.users.database.query(`UPDATE sessions SET ${how} WHERE id = $1`, [
      service.here.auth.viewer.sessionId,
    ]);
    for (const [currentPassword, as] of [
      [service.person.password, service.here.auth],
      ['wrong horse', service.here.auth],
      [service.person.password, undefined],
    ] as const) {
      const { data, errors } = await askToChange(service.users, as, {
        currentPassword,
        newPassword: NEW_PASSWORD,
      });
      expect(data).toEqual({ changePassword: null });
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect(await passwords()).toEqual([true, false]);
  });

  test('twice at once to different ones lets one succeed, and rejects the current password of the other', async () => {
    const there = await logIn(service.users, service.person);
    const responses = await meetAtWrite(service.users.database, 'users', [
      () => change({ revokeOtherSessions: false }),
      () => change({ newPassword: 'yet another staple', revokeOtherSessions: false }, there.auth),
    ]);
    const codes = responses.map(({ userErrors }) => userErrors[0]?.code ?? 'changed').toSorted();
    expect(codes).toEqual(['INVALID_CREDENTIALS', 'changed']);
    const winner = responses[0]!.tokens ? NEW_PASSWORD : 'yet another staple';
    const loser = responses[0]!.tokens ? 'yet another staple' : NEW_PASSWORD;
    expect([await canLogIn(winner), await canLogIn(loser)]).toEqual([true, false]);
  });

  test('twice at once to the same one returns the same refresh token to both', async () => {
    const [one, other] = await meetAtWrite(service.users.database, 'users', [() => change(), () => change()]);
    expect(one!.userErrors).toEqual([]);
    expect(other!.tokens!.refreshToken).toBe(one!.tokens!.refreshToken);
  });

  test('rejects a concurrent login with the old one', async () => {
    const holder = service.users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId } = service.here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const login = service.users.ask<{ login: { userErrors: { code: string }[] } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code } } }',
      { variables: { input: { email: service.person.email, password: service.person.password } } },
    );
    // By now the password was verified.
    await waitUntil(async () => (await waitingForLock(service.users.database)) > 0);
    await holder.query('UPDATE users SET password_hash = $2 WHERE id = $1', [
      userId,
      await new PasswordHasher('low').hash(NEW_PASSWORD),
    ]);
    await holder.commitTransaction();
    await holder.release();
    expect((await login).data!.login.userErrors).toEqual([{ code: 'INVALID_CREDENTIALS' }]);
  });

  test('fails if the session is revoked during the request', async () => {
    const holder = service.users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId, sessionId } = service.here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const pending = askToChange(service.users, service.here.auth, {
      currentPassword: service.person.password,
      newPassword: NEW_PASSWORD,
    });
    await waitUntil(async () => (await waitingForLock(service.users.database)) > 0);
    await service.users.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [sessionId]);
    await holder.commitTransaction();
    await holder.release();
    expect((await pending).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await passwords()).toEqual([true, false]);
  });

  test('does not deadlock with another session that revokes all of them', async () => {
    const changer = await logIn(service.users, service.person);
    const given = { currentPassword: service.person.password, newPassword: NEW_PASSWORD };
    const logout = async () => {
      // By now the change has locked its own session, and not yet revoked the older one.
      await waitUntil(async () => (await waitingForLock(service.users.database)) > 0);
      const everywhere = 'mutation { logout(input: { allSessions: true }) { revoked } }';
      const { errors } = await service.users.ask(everywhere, { as: service.here.auth });
      return errors?.[0]?.extensions.code;
    };
    const changed = async () => (await change(given, changer.auth)).userErrors[0]?.code;
    expect(await meetAtWrite(service.users.database, 'users', [changed, logout])).toEqual([
      undefined,
      undefined,
    ]);
    expect(await isLoggedIn(service.here)).toBe(false);
    expect(await passwords()).toEqual([false, true]);
  });
});
