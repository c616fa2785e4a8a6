import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, authOf, logIn, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('logging in', () => {
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
  const login = (email: string, password: string) =>
    users.ask(
      `mutation ($input: LoginInput!) {
        login(input: $input) {
          tokens { accessToken }
          viewer { user { displayName } email scopes currentSession { current } }
          userErrors { message field code retryAfterSeconds }
        }
      }`,
      { variables: { input: { email, password } } },
    );

  test('returns tokens and the viewer, with the address in any letter case', async () => {
    const { data, errors } = await login('ADA@EXAMPLE.com', ADA.password);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      login: {
        tokens: { accessToken: expect.any(String) },
        viewer: {
          user: { displayName: ADA.displayName },
          email: ADA.email,
          scopes: ['users:read', 'subscribers:read', 'subscribers:write'],
          currentSession: { current: true },
        },
        userErrors: [],
      },
    });
  });

  test('fails alike for a wrong password, an unknown address and a malformed address', async () => {
    const wrong = await login(ADA.email, 'wrong horse');
    expect(wrong).toEqual({
      status: 200,
      data: {
        login: {
          tokens: null,
          viewer: null,
          userErrors: [
            {
              message: 'The e-mail address or the password is wrong.',
              field: null,
              code: 'INVALID_CREDENTIALS',
              retryAfterSeconds: null,
            },
          ],
        },
      },
    });
    expect(await login('nobody@example.com', ADA.password)).toEqual(wrong);
    expect(await login('nobody', ADA.password)).toEqual(wrong);
    expect(await login(`${ADA.email}/x`, ADA.password)).toEqual(wrong);
    expect(await login(ADA.email, '')).toEqual(wrong);
    expect(await login(ADA.email, 'a'.repeat(1_000_000))).toEqual(wrong);
  });

  test('returns an access token for ten minutes with the user, the session and the scopes', async () => {
    const before = Date.now();
    const { tokens, auth } = await logIn(users, ADA);
    const [session] = await users.database.query('SELECT * FROM sessions WHERE id = $1', [
      auth.viewer.sessionId,
    ]);
    expect(session).toMatchObject({ user_id: auth.viewer.userId, ended_at: null });
    expect(auth.scopes).toEqual(new Set(['users:read', 'subscribers:read', 'subscribers:write']));
    expect(auth.expiresAt.getTime()).toBeGreaterThanOrEqual(Date.parse(tokens.expiresAt));
    expect(auth.expiresAt.getTime() - before).toBeLessThanOrEqual(11 * MINUTE);
    expect(Date.parse(tokens.expiresAt) - before).toBeGreaterThan(9 * MINUTE);
  });

  test('returns a refresh token for thirty days, and stores nothing that reveals it', async () => {
    const { tokens, auth } = await logIn(users, ADA);
    const stored = await users.database.query(
      'SELECT created_at, to_jsonb(sessions)::text AS row, encode(seed, $2) AS seed FROM sessions WHERE id = $1',
      [auth.viewer.sessionId, 'base64'],
    );
    expect(Date.parse(tokens.refreshExpiresAt) - stored[0].created_at.getTime()).toBe(30 * DAY);
    expect(stored[0].row).not.toContain(tokens.refreshToken);
    expect(
      Buffer.from(tokens.refreshToken, 'base64url').includes(Buffer.from(stored[0].seed, 'base64')),
    ).toBe(false);
  });

  test('twice creates two sessions', async () => {
    const [one, other] = await Promise.all([logIn(users, ADA), logIn(users, ADA)]);
    expect(one.auth.viewer.sessionId).not.toBe(other.auth.viewer.sessionId);
    expect(one.auth.viewer.userId).toBe(other.auth.viewer.userId);
  });

  test('logs success and failure, without address, password or token', async () => {
    const { tokens, auth } = await logIn(users, ADA);
    await login(ADA.email, 'wrong horse');
    await login('nobody@example.com', 'wrong horse');
    const lines = users.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { userId, sessionId } = auth.viewer;
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'login succeeded', userId, sessionId }));
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'login failed', userId }));
    const failures = lines.filter(({ msg }) => msg === 'login failed');
    expect(failures.at(-1)).not.toHaveProperty('userId');
    const { accessToken, refreshToken } = tokens;
    for (const secret of [ADA.email, ADA.password, 'nobody@', 'wrong horse', accessToken, refreshToken]) {
      expect(users.log.join('').toLowerCase()).not.toContain(secret.toLowerCase());
    }
    expect(await authOf(users, accessToken)).toMatchObject({ viewer: { userId } });
  });
});
