import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runProgram } from '@supergraph/tools/run-program';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { runUsers, SIGNING_KEY_SECRET, type RunningUsers } from './testing/running-users.js';

const rotateKeys = (env: Record<string, string>) =>
  runProgram(new URL('./rotate-keys.js', import.meta.url), env);

describe('rotate-keys.js', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });

  test('prints which key signs next and from when on, and can be repeated', async () => {
    const environment = { DATABASE_URL: testDatabase.url, SIGNING_KEY_SECRET };
    const { status, stdout, stderr } = await rotateKeys(environment);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, kid, from] = /^users: the new key ([\w-]{43}) signs from (\S+) on\n$/.exec(stdout)!;
    const leadMs = Date.parse(from!) - Date.now();
    expect(leadMs).toBeGreaterThan(500_000);
    expect(leadMs).toBeLessThanOrEqual(600_000);

    expect(await rotateKeys(environment)).toEqual({
      status: 0,
      stdout: `users: no new key: ${kid}, which is already published, signs from ${from} on\n`,
      stderr: '',
    });
    const kids = await users.database.query<{ kid: string }[]>(
      'SELECT kid FROM signing_keys ORDER BY signs_from',
    );
    expect(kids).toEqual([{ kid: expect.any(String) }, { kid }]);
  });

  test('creates no key if the secret does not decrypt the other keys', async () => {
    const secret = 'another secret of more than 32 bytes';
    const { status, stderr } = await rotateKeys({
      DATABASE_URL: testDatabase.url,
      SIGNING_KEY_SECRET: secret,
      SIGNING_KEY_LEAD_MS: '0',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^users: the signing key \S+ cannot be decrypted with this SIGNING_KEY_SECRET: .+\n$/,
    );
    expect(await users.database.query('SELECT count(*)::int AS count FROM signing_keys')).toEqual([
      { count: 2 },
    ]);
  });

  test('reports all bad and missing variables at once', async () => {
    const { status, stderr } = await rotateKeys({ SIGNING_KEY_LEAD_MS: 'soon' });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'users: The environment is not usable:',
      '  - DATABASE_URL is missing',
      '  - SIGNING_KEY_SECRET is missing',
      '  - SIGNING_KEY_LEAD_MS is not a whole number from 0 to 86400000',
    ]);
  });
});
