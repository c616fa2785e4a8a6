import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, authOf, join } from '../testing/people.js';
import { runUsers, SIGNING_KEY_SECRET, type RunningUsers } from '../testing/running-users.js';

const NEW_SECRET = 'a new one of at least thirty-two bytes';
const BOTH = { SIGNING_KEY_SECRET: NEW_SECRET, SIGNING_KEY_SECRET_PREVIOUS: SIGNING_KEY_SECRET };

describe('changing SIGNING_KEY_SECRET', () => {
  let testDatabase: TestDatabase;
  let running: RunningUsers;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    running = await runUsers(testDatabase.url);
  });
  afterEach(async () => {
    await running?.close();
    await testDatabase?.drop();
  });
  const restart = async (environment: Record<string, string>) => {
    await running.close();
    running = await runUsers(testDatabase.url, environment);
  };
  const refresh = async (refreshToken: string) => {
    const { data } = await running.ask<{ refreshSession: { tokens: { refreshToken: string } | null } }>(
      `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { tokens { refreshToken } } }`,
      { variables: { input: { refreshToken } } },
    );
    return data?.refreshSession.tokens?.refreshToken;
  };

  test('keeps older access and refresh tokens valid', async () => {
    const { tokens, auth } = await join(running, ADA);
    await restart(BOTH);
    expect(await authOf(running, tokens.accessToken)).toEqual(auth);
    const refreshed = await refresh(tokens.refreshToken);
    expect(refreshed).toBeDefined();

    await restart({ SIGNING_KEY_SECRET: NEW_SECRET });
    expect(await authOf(running, tokens.accessToken)).toEqual(auth);
    expect(await refresh(refreshed!)).toBeDefined();
  });

  test('does not affect a replica that still has only the old one', async () => {
    const { tokens, auth } = await join(running, ADA);
    const old = await runUsers(testDatabase.url, { SIGNING_KEYS_REFRESH_MS: '20' });
    try {
      await restart(BOTH);
      const logged = old.log.length;
      await old.database.query('SELECT pg_sleep(0.1)');
      expect(old.log.slice(logged).join()).not.toContain('signing key');
      expect(await authOf(old, tokens.accessToken)).toEqual(auth);
    } finally {
      await old.close();
    }
  });
});
