import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyIdOf } from '@kit/auth';
import { ACCESS_TOKENS } from '../sessions/access-token-profile.js';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { linkTo } from '@supergraph/tools/test-postgres/database-link';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { ADA, authOf, join, logIn } from '../testing/people.js';
import { runUsers, SIGNING_KEY_SECRET, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';
import { rotateSigningKey } from './rotate-signing-key.js';
import { deleteEndedKeys } from './stored-keys.js';

const OFTEN = { SIGNING_KEYS_REFRESH_MS: '20' };
const LEAD_MS = 60_000;

describe('the rotation of signing keys', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, OFTEN);
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const rotate = (leadMs = LEAD_MS) =>
    rotateSigningKey(users.database, { leadMs, secret: SIGNING_KEY_SECRET, previousSecrets: [] });
  const published = async ({ origin } = users) => {
    const response = await fetch(`${origin}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };
  const signer = async (replica = users) =>
    keyIdOf((await logIn(replica, ADA)).tokens.accessToken, ACCESS_TOKENS);
  /** Shifts the keys into the past by this many seconds. */
  const letPass = (seconds: number) =>
    users.database.query("UPDATE signing_keys SET signs_from = signs_from - $1 * interval '1 second'", [
      seconds,
    ]);

  test('publishes a key before it signs, and keeps older tokens valid', async () => {
    const ada = await join(users, ADA);
    const [first] = await published();
    const { kid: second } = await rotate();
    await waitUntil(async () => (await published()).length === 2);
    expect(await published()).toEqual([first, second]);
    expect(await signer()).toBe(first);

    await letPass(LEAD_MS / 1_000);
    await waitUntil(async () => (await signer()) === second);
    expect(await published()).toEqual([first, second]);
    expect(await authOf(users, ada.tokens.accessToken)).toEqual(ada.auth);
  });

  test('reaches running replicas and those that start later', async () => {
    await join(users, ADA);
    await rotate(0);
    const other = await runUsers(testDatabase.url, OFTEN);
    try {
      await waitUntil(async () => (await published()).length === 2);
      expect(await published(other)).toEqual(await published());
      expect(await signer(other)).toBe(await signer());
    } finally {
      await other.close();
    }
  });

  test('keeps a key until all tokens that it signed have expired, then deletes it', async () => {
    const [first] = await published();
    const { kid: second } = await rotate(0);
    await letPass(630);
    expect(await deleteEndedKeys(users.database)).toEqual([]);
    await waitUntil(async () => (await published()).length === 2);
    expect(await published()).toEqual([first, second]);
    await letPass(31);
    await waitUntil(async () => (await published()).length === 1);
    expect(await published()).toEqual([second]);
    expect(await users.database.query('SELECT kid FROM signing_keys')).toEqual([{ kid: second }]);
  });

  test('keeps the newest key at any age', async () => {
    await letPass(10 * 365 * 24 * 3_600);
    expect(await deleteEndedKeys(users.database)).toEqual([]);
  });

  test('creates and audits one key for concurrent calls', async () => {
    await users.close();
    // A replica that does not refresh, since a refresh writes to the table.
    users = await runUsers(testDatabase.url, {
      SIGNING_KEYS_REFRESH_MS: '3600000',
      SIGNING_KEY_LEAD_MS: '3600001',
    });
    const several = [() => rotate(), () => rotate(), () => rotate()];
    const rotations = await meetAtWrite(users.database, 'signing_keys', several);
    expect(new Set(rotations.map(({ kid }) => kid)).size).toBe(1);
    expect(rotations.filter(({ isNew }) => isNew)).toHaveLength(1);
    const { kid, signsFrom } = rotations[0]!;
    expect(rotations.map((rotation) => rotation.signsFrom)).toEqual([signsFrom, signsFrom, signsFrom]);
    expect(
      await users.database.query("SELECT * FROM audit_log WHERE action = 'SIGNING_KEY_ROTATED'"),
    ).toMatchObject([
      { actor_id: null, subject_id: null, detail: { kid, signsFrom: signsFrom.toISOString() } },
    ]);
  });

  test('without lead time signs before a key that is already published', async () => {
    await join(users, ADA);
    const { kid: later } = await rotate();
    const { kid: now, isNew } = await rotate(0);
    expect(isNew).toBe(true);
    await waitUntil(async () => (await signer()) === now);
    await letPass(LEAD_MS / 1_000);
    await waitUntil(async () => (await signer()) === later);
  });

  test('keeps the loaded keys while the database is unavailable, then loads new ones', async () => {
    const link = await linkTo(testDatabase.url);
    const replica = await runUsers(link.url, OFTEN);
    try {
      const before = await published(replica);
      link.cut();
      await waitUntil(() =>
        replica.log.some((line) => line.includes('signing keys could not be read again')),
      );
      const { kid } = await rotate();
      expect(await published(replica)).toEqual(before);
      link.mend();
      await waitUntil(async () => (await published(replica)).includes(kid));
    } finally {
      await replica.close();
      await link.close();
    }
  });

  test('allows caching of the published keys for a quarter of the lead time', async () => {
    const cached = async ({ origin }: RunningUsers) =>
      (await fetch(`${origin}/.well-known/jwks.json`)).headers.get('cache-control');
    expect(await cached(users)).toBe('public, max-age=150');
    const quick = await runUsers(testDatabase.url, { ...OFTEN, SIGNING_KEY_LEAD_MS: '4000' });
    expect(await cached(quick)).toBe('public, max-age=1');
    await quick.close();
  });
});
