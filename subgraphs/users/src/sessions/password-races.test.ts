import { describe, expect, test } from '@jest/globals';
import { PasswordHasher } from '../accounts/password.js';
import { meetAtWrite, waitingForLock } from '../testing/meet-at-write.js';
import { askToChange, NEW_PASSWORD, withSomebody } from '../testing/password-change.js';
import { logIn } from '../testing/people.js';
import { waitUntil } from '../testing/wait-until.js';

describe('changing the password', () => {
  const somebody = withSomebody();
  const { canLogIn, change, isLoggedIn, passwords } = somebody;

  test('twice at once to different ones lets one succeed, and rejects the current password of the other', async () => {
    const there = await logIn(somebody.users, somebody.person);
    const responses = await meetAtWrite(somebody.users.database, 'users', [
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
    const [one, other] = await meetAtWrite(somebody.users.database, 'users', [
      () => change(),
      () => change(),
    ]);
    expect(one!.userErrors).toEqual([]);
    expect(other!.tokens!.refreshToken).toBe(one!.tokens!.refreshToken);
  });

  test('rejects a concurrent login with the old one', async () => {
    const holder = somebody.users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId } = somebody.here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const login = somebody.users.ask<{ login: { userErrors: { code: string }[] } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { userErrors { code } } }',
      { variables: { input: { email: somebody.person.email, password: somebody.person.password } } },
    );
    // By now the password was verified.
    await waitUntil(async () => (await waitingForLock(somebody.users.database)) > 0);
    await holder.query('UPDATE users SET password_hash = $2 WHERE id = $1', [
      userId,
      await new PasswordHasher('low').hash(NEW_PASSWORD),
    ]);
    await holder.commitTransaction();
    await holder.release();
    expect((await login).data!.login.userErrors).toEqual([{ code: 'INVALID_CREDENTIALS' }]);
  });

  test('fails if the session is revoked during the request', async () => {
    const holder = somebody.users.database.createQueryRunner();
    await holder.startTransaction();
    const { userId, sessionId } = somebody.here.auth.viewer;
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
    const pending = askToChange(somebody.users, somebody.here.auth, {
      currentPassword: somebody.person.password,
      newPassword: NEW_PASSWORD,
    });
    await waitUntil(async () => (await waitingForLock(somebody.users.database)) > 0);
    await somebody.users.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [sessionId]);
    await holder.commitTransaction();
    await holder.release();
    expect((await pending).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await passwords()).toEqual([true, false]);
  });

  test('does not deadlock with another session that revokes all of them', async () => {
    const changer = await logIn(somebody.users, somebody.person);
    const given = { currentPassword: somebody.person.password, newPassword: NEW_PASSWORD };
    const logout = async () => {
      // By now the change has locked its own session, and not yet revoked the older one.
      await waitUntil(async () => (await waitingForLock(somebody.users.database)) > 0);
      const everywhere = 'mutation { logout(input: { allSessions: true }) { revoked } }';
      const { errors } = await somebody.users.ask(everywhere, { as: somebody.here.auth });
      return errors?.[0]?.extensions.code;
    };
    const changed = async () => (await change(given, changer.auth)).userErrors[0]?.code;
    expect(await meetAtWrite(somebody.users.database, 'users', [changed, logout])).toEqual([
      undefined,
      undefined,
    ]);
    expect(await isLoggedIn(somebody.here)).toBe(false);
    expect(await passwords()).toEqual([false, true]);
  });
});
