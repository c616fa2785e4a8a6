import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyIdOf } from '@kit/auth';
import { ACCESS_TOKENS } from '../sessions/access-token-profile.js';
import { StartUpError } from '@kit/service';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, authOf, join } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

describe('the signing key', () => {
  let testDatabase: TestDatabase;
  let running: RunningUsers[];
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((users) => users.close()));
    await testDatabase?.drop();
  });
  const start = async (environment: Record<string, string> = {}) => {
    const users = await runUsers(testDatabase.url, environment);
    running.push(users);
    return users;
  };
  const published = async ({ origin }: RunningUsers) => {
    const response = await fetch(`${origin}/.well-known/jwks.json`);
    return (await response.json()) as { keys: Record<string, unknown>[] };
  };

  test('is published with its public members only', async () => {
    expect(await published(await start())).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.stringMatching(/^[\w-]{43}$/),
          y: expect.stringMatching(/^[\w-]{43}$/),
          kid: expect.stringMatching(/^[\w-]{43}$/),
          use: 'sig',
          alg: 'ES256',
        },
      ],
    });
  });

  test('is kept across a restart, so that older access tokens remain valid', async () => {
    const before = await start();
    const { tokens, auth } = await join(before, ADA);
    const keys = await published(before);
    await before.close();
    const after = await start();
    expect(await published(after)).toEqual(keys);
    expect(await authOf(after, tokens.accessToken)).toEqual(auth);
  });

  test('is shared by replicas that start together for the first time', async () => {
    const replicas = await Promise.all(Array.from({ length: 5 }, () => start()));
    const kids = await Promise.all(replicas.map(async (users) => (await published(users)).keys[0]!.kid));
    expect(new Set(kids).size).toBe(1);
    expect(await replicas[0]!.database.query('SELECT kid FROM signing_keys')).toEqual([{ kid: kids[0] }]);
    const { tokens } = await join(replicas[0]!, ADA);
    expect(keyIdOf(tokens.accessToken, ACCESS_TOKENS)).toBe(kids[4]);
  });

  test('prevents the start with another secret', async () => {
    await start();
    const other = start({ SIGNING_KEY_SECRET: 'another secret of more than 32 bytes' });
    await expect(other).rejects.toThrow(StartUpError);
    await expect(other).rejects.toThrow('cannot be decrypted with this SIGNING_KEY_SECRET');
  });
});
