import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, logIn, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

describe('the viewer', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    await register(users, ADA);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const viewer = (as?: AuthContext) =>
    users.ask(
      `{ viewer {
        user { id displayName email roles createdAt } email scopes
        currentSession { id createdAt lastUsedAt expiresAt current }
      } }`,
      { ...(as && { as }) },
    );

  test('is the user that makes the request, with the current session', async () => {
    await logIn(users, ADA);
    const { auth, tokens } = await logIn(users, ADA);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await viewer(auth)).toEqual({
      status: 200,
      data: {
        viewer: {
          user: {
            id: auth.viewer.userId,
            displayName: ADA.displayName,
            email: ADA.email,
            roles: ['EDITOR'],
            createdAt: time,
          },
          email: ADA.email,
          scopes: ['users:read', 'subscribers:read', 'subscribers:write'],
          currentSession: {
            id: auth.viewer.sessionId,
            createdAt: time,
            lastUsedAt: time,
            expiresAt: tokens.refreshExpiresAt,
            current: true,
          },
        },
      },
    });
  });

  test('has the scopes of the request, not those of the roles', async () => {
    const { auth } = await logIn(users, ADA);
    const { data } = await viewer({ ...auth, scopes: new Set(['subscribers:read']) });
    expect(data).toMatchObject({ viewer: { scopes: ['subscribers:read'], user: { email: null } } });
  });

  test('may have no roles and no scopes', async () => {
    const { auth } = await join(users, { ...BOB, email: 'no-roles@example.com' });
    await users.database.query(`UPDATE users SET roles = '{}' WHERE id = $1`, [auth.viewer.userId]);
    const again = await logIn(users, { ...BOB, email: 'no-roles@example.com' });
    expect(again.auth.scopes).toEqual(new Set());
    expect(await viewer(again.auth)).toMatchObject({
      data: {
        viewer: { email: 'no-roles@example.com', scopes: [], user: { email: null, roles: null } },
      },
    });
  });

  test('is null for anonymous clients and shared rooms', async () => {
    expect(await viewer()).toEqual({ status: 200, data: { viewer: null } });
    const room = { viewer: null, scopes: new Set(['users:read']) };
    expect(await viewer(room)).toEqual({ status: 200, data: { viewer: null } });
  });

  test.each([
    ['has expired', "created_at = now() - interval '31 days', expires_at = now()"],
    ['was revoked', 'ended_at = now()'],
  ])('is null once the session %s', async (_, change) => {
    const { auth } = await logIn(users, ADA);
    await users.database.query(`UPDATE sessions SET ${change} WHERE id = $1`, [auth.viewer.sessionId]);
    expect(await viewer(auth)).toEqual({ status: 200, data: { viewer: null } });
  });

  test('is null if the session belongs to another user', async () => {
    const [ada, bob] = [await logIn(users, ADA), await join(users, BOB)];
    const mixed = { userId: ada.auth.viewer.userId, sessionId: bob.auth.viewer.sessionId };
    expect(await viewer({ viewer: mixed, scopes: new Set() })).toEqual({
      status: 200,
      data: { viewer: null },
    });
  });

  test('is null once the account is deleted', async () => {
    const { auth } = await join(users, { ...BOB, email: 'gone@example.com' });
    await users.database.query('DELETE FROM users WHERE id = $1', [auth.viewer.userId]);
    expect(await viewer(auth)).toEqual({ status: 200, data: { viewer: null } });
  });
});
