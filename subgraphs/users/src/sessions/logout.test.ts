import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, logIn, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

describe('logging out', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    await register(users, ADA);
    await register(users, BOB);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const logout = (as: AuthContext | undefined, input?: string | null) =>
    users.ask(`mutation { logout${input ? `(input: ${input})` : ''} { revoked userErrors { code } } }`, {
      ...(as && { as }),
    });
  const isLoggedIn = async (as: AuthContext) =>
    (await users.ask<{ viewer: object | null }>('{ viewer { email } }', { as })).data!.viewer !== null;
  const revoked = (count: number) => ({ status: 200, data: { logout: { revoked: count, userErrors: [] } } });

  test('revokes this session and no other', async () => {
    const [here, there] = [await logIn(users, ADA), await logIn(users, ADA)];
    expect(await logout(here.auth)).toEqual(revoked(1));
    expect(await isLoggedIn(here.auth)).toBe(false);
    expect(await isLoggedIn(there.auth)).toBe(true);
  });

  test('a second time revokes nothing', async () => {
    const { auth } = await logIn(users, ADA);
    await logout(auth);
    expect(await logout(auth)).toEqual(revoked(0));
  });

  test('everywhere revokes all active sessions of the viewer, and no others', async () => {
    const { auth } = await logIn(users, ADA);
    await logout(auth, '{ allSessions: true }');
    const bob = await logIn(users, BOB);
    const [here, there, expired] = [
      await logIn(users, ADA),
      await logIn(users, ADA),
      await logIn(users, ADA),
    ];
    await users.database.query(
      "UPDATE sessions SET created_at = now() - interval '31 days', expires_at = now() WHERE id = $1",
      [expired.auth.viewer.sessionId],
    );
    expect(await logout(here.auth, '{ allSessions: true }')).toEqual(revoked(2));
    expect(await Promise.all([here, there, bob].map(({ auth }) => isLoggedIn(auth)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.each(['null', '{}', '{ allSessions: null }', '{ allSessions: false }'])(
    'with the input %s revokes only this session',
    async (input) => {
      const [here, there] = [await logIn(users, ADA), await logIn(users, ADA)];
      expect(await logout(here.auth, input)).toEqual(revoked(1));
      expect(await isLoggedIn(there.auth)).toBe(true);
    },
  );

  test('does not revoke the session of another user', async () => {
    const [ada, bob] = [await logIn(users, ADA), await logIn(users, BOB)];
    const { sessionId } = bob.auth.viewer;
    const mixed = { viewer: { userId: ada.auth.viewer.userId, sessionId }, scopes: ada.auth.scopes };
    expect(await logout(mixed)).toEqual(revoked(0));
    expect(await isLoggedIn(bob.auth)).toBe(true);
  });

  test('requires a user, so anonymous clients and shared rooms are denied', async () => {
    for (const as of [undefined, { viewer: null, scopes: new Set(['users:read']) }]) {
      const { data, errors } = await logout(as);
      expect(data).toEqual({ logout: null });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    }
  });

  test('everywhere from a revoked session revokes nothing', async () => {
    const [thief, owner] = [await logIn(users, ADA), await logIn(users, ADA)];
    await logout(thief.auth);
    expect(await logout(thief.auth, '{ allSessions: true }')).toEqual(revoked(0));
    expect(await isLoggedIn(owner.auth)).toBe(true);
  });

  test('is logged and audited', async () => {
    const { auth } = await logIn(users, ADA);
    await logout(auth);
    const audited = await users.database.query(
      "SELECT actor_id, subject_id, detail FROM audit_log WHERE action = 'SESSIONS_ENDED' AND session_id = $1",
      [auth.viewer.sessionId],
    );
    const { userId, sessionId } = auth.viewer;
    const detail = { count: 1, sessionIds: [sessionId] };
    expect(audited).toEqual([{ actor_id: userId, subject_id: userId, detail }]);
    const lines = users.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'sessions revoked', ended: 1, ...auth.viewer }),
    );
  });
});
