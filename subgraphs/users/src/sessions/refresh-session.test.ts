import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { ADA, authOf, logIn, register, type LoggedIn } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const REFUSED = { tokens: null, userErrors: [{ code: 'INVALID_TOKEN', field: ['input', 'refreshToken'] }] };

describe('refreshing a session', () => {
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
  const refresh = async (refreshToken: string) => {
    const { data } = await users.ask<{
      refreshSession: { tokens: LoggedIn['tokens'] | null; userErrors: object[] };
    }>(
      `mutation ($input: RefreshSessionInput!) {
        refreshSession(input: $input) {
          tokens { accessToken expiresAt refreshToken refreshExpiresAt }
          userErrors { code field }
        }
      }`,
      { variables: { input: { refreshToken } } },
    );
    return data!.refreshSession;
  };

  test('gives new tokens for the same session and uses the old refresh token up', async () => {
    const { tokens, auth } = await logIn(users, ADA);
    const refreshed = await refresh(tokens.refreshToken);
    expect(refreshed.userErrors).toEqual([]);
    expect(refreshed.tokens!.refreshToken).not.toBe(tokens.refreshToken);
    expect((await authOf(users, refreshed.tokens!.accessToken)).viewer).toEqual(auth.viewer);
    expect(await refresh(tokens.refreshToken)).toEqual(REFUSED);
    expect((await refresh(refreshed.tokens!.refreshToken)).userErrors).toEqual([]);
  });

  test('many times at once with one token succeeds once, and the winner can go on', async () => {
    const { tokens } = await logIn(users, ADA);
    const again = Array.from({ length: 5 }, () => () => refresh(tokens.refreshToken));
    const answers = await meetAtWrite(users.database, 'sessions', again);
    const winners = answers.filter(({ tokens }) => tokens !== null);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ tokens }) => tokens === null)).toEqual(Array.from({ length: 4 }, () => REFUSED));
    expect((await refresh(winners[0]!.tokens!.refreshToken)).userErrors).toEqual([]);
  });

  test('moves the time of last use, not the time it ends', async () => {
    const { tokens, auth } = await logIn(users, ADA);
    const session = async () => {
      const [row] = await users.database.query('SELECT * FROM sessions WHERE id = $1', [
        auth.viewer.sessionId,
      ]);
      return row as { last_used_at: Date; expires_at: Date };
    };
    const before = await session();
    const refreshed = await refresh(tokens.refreshToken);
    const after = await session();
    expect(after.last_used_at.getTime()).toBeGreaterThan(before.last_used_at.getTime());
    expect(after.expires_at).toEqual(before.expires_at);
    expect(refreshed.tokens!.refreshExpiresAt).toBe(tokens.refreshExpiresAt);
  });

  test('follows what the user may do now', async () => {
    const { tokens, auth } = await logIn(users, ADA);
    const setRoles = (roles: string[]) =>
      users.database.query('UPDATE users SET roles = $2 WHERE id = $1', [auth.viewer.userId, roles]);
    await setRoles(['READER']);
    const refreshed = await refresh(tokens.refreshToken);
    await setRoles(['EDITOR']);
    const { scopes } = await authOf(users, refreshed.tokens!.accessToken);
    expect(scopes).toEqual(new Set(['users:read', 'subscribers:read']));
  });

  test.each([
    ['has expired', "created_at = now() - interval '31 days', expires_at = now() - interval '1 second'"],
    ['has ended', 'ended_at = now()'],
  ])('does not work once it %s', async (_, change) => {
    const { tokens, auth } = await logIn(users, ADA);
    await users.database.query(`UPDATE sessions SET ${change} WHERE id = $1`, [auth.viewer.sessionId]);
    expect(await refresh(tokens.refreshToken)).toEqual(REFUSED);
  });

  test('does not work with what is no refresh token', async () => {
    const { tokens } = await logIn(users, ADA);
    for (const token of ['', 'guess', '\u0000', tokens.accessToken, 'a'.repeat(1_000_000)]) {
      expect(await refresh(token)).toEqual(REFUSED);
    }
  });
});
