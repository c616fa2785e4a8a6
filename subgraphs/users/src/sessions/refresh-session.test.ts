import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { meetAtWrite } from '../testing/meet-at-write.js';
import { ADA, authOf, logIn, refresh as refreshFrom, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { ageUsedTokens as letSecondsPass } from '../testing/age-used-tokens.js';

const FIELD = ['input', 'refreshToken'];
const INVALID = { tokens: null, userErrors: [{ code: 'INVALID_TOKEN', field: FIELD }] };
const REUSED = { tokens: null, userErrors: [{ code: 'TOKEN_REUSED', field: FIELD }] };

describe('refreshing a session', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let replica: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    replica = await runUsers(testDatabase.url);
    await register(users, ADA);
  });
  afterAll(async () => {
    await users?.close();
    await replica?.close();
    await testDatabase?.drop();
  });
  const refresh = (refreshToken: string) => refreshFrom(users, refreshToken);
  /** Refreshes successfully and returns the next refresh token. */
  const next = async (refreshToken: string) => (await refresh(refreshToken)).tokens!.refreshToken;
  const newSession = async () => {
    const { tokens, auth } = await logIn(users, ADA);
    return { first: tokens.refreshToken, id: auth.viewer.sessionId, auth, tokens };
  };
  const rowOf = async (id: string) => {
    const [row] = await users.database.query('SELECT * FROM sessions WHERE id = $1', [id]);
    return row as { last_used_at: Date; expires_at: Date; ended_at: Date | null; used_up_at: Date[] };
  };
  const change = (id: string, to: string) =>
    users.database.query(`UPDATE sessions SET ${to} WHERE id = $1`, [id]);
  const ageUsedTokens = (id: string, seconds: number) => letSecondsPass(users.database, seconds, id);

  test('returns new tokens for the same session, any number of times', async () => {
    const { first, auth } = await newSession();
    const second = await refresh(first);
    expect(second.userErrors).toEqual([]);
    expect(second.tokens!.refreshToken).not.toBe(first);
    expect((await authOf(users, second.tokens!.accessToken)).viewer).toEqual(auth.viewer);
    const third = await refresh(second.tokens!.refreshToken);
    expect(third.userErrors).toEqual([]);
    expect([first, second.tokens!.refreshToken]).not.toContain(third.tokens!.refreshToken);
  });

  test('repeated within ten seconds returns the same refresh token', async () => {
    const { first, id, auth } = await newSession();
    const response = await refresh(first);
    await ageUsedTokens(id, 5);
    const again = await refresh(first);
    expect(again.tokens!.refreshToken).toBe(response.tokens!.refreshToken);
    expect((await authOf(users, again.tokens!.accessToken)).viewer).toEqual(auth.viewer);
    expect((await refresh(again.tokens!.refreshToken)).userErrors).toEqual([]);
  });

  test.each([3, 50])(
    'from %i tabs at once, over two replicas, returns the same refresh token to all',
    async (tabs) => {
      const { first, id } = await newSession();
      const responses = await Promise.all(
        Array.from({ length: tabs }, (_, tab) => refreshFrom(tab % 2 ? users : replica, first)),
      );
      expect(responses.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      const given = new Set(responses.map(({ tokens }) => tokens!.refreshToken));
      expect(given.size).toBe(1);
      expect(await rowOf(id)).toMatchObject({ generation: 1, ended_at: null });
      const [successor] = given;
      expect((await refresh(successor!)).userErrors).toEqual([]);
    },
  );

  test('from two tabs that write at the same time returns the same refresh token to both', async () => {
    const { first } = await newSession();
    const tab = () => refresh(first);
    const [one, other] = await meetAtWrite(users.database, 'sessions', [tab, tab]);
    expect(one!.userErrors).toEqual([]);
    expect(other!.tokens!.refreshToken).toBe(one!.tokens!.refreshToken);
  });

  test('with a token from several rotations ago returns the newest one and does not rotate', async () => {
    const { first, id } = await newSession();
    const second = await next(first);
    const third = await next(second);
    const fourth = await next(third);
    for (const used of [first, second, third, first]) expect(await next(used)).toBe(fourth);
    expect(await rowOf(id)).toMatchObject({ generation: 3, ended_at: null });
    expect((await refresh(fourth)).userErrors).toEqual([]);
  });

  test('counts the ten seconds of each token from its first use', async () => {
    const { first, id } = await newSession();
    const second = await next(first);
    await ageUsedTokens(id, 6);
    const third = await next(second);
    await ageUsedTokens(id, 5);
    expect(await next(second)).toBe(third);
    expect(await refresh(first)).toEqual(REUSED);
    expect(await refresh(third)).toEqual(INVALID);
  });

  test('forgets rotations from before the window at the next rotation', async () => {
    const { first, id } = await newSession();
    await change(id, 'generation = 100, used_up_at = array_fill(clock_timestamp(), ARRAY[100])');
    const newest = await next(first);
    await ageUsedTokens(id, 10);
    await next(newest);
    expect((await rowOf(id)).used_up_at).toHaveLength(1);
    expect(await refresh(first)).toEqual(REUSED);
  });

  test('counts a token from more than a hundred rotations ago as stolen, even within ten seconds', async () => {
    const { first, id } = await newSession();
    await change(id, 'generation = 100, used_up_at = array_fill(clock_timestamp(), ARRAY[100])');
    await next(await next(first));
    expect((await rowOf(id)).used_up_at).toHaveLength(100);
    expect(await refresh(first)).toEqual(REUSED);
  });

  test.each([
    ['the one before the newest', 1],
    ['one from three rotations ago', 3],
  ])('revokes the session if the token, %s, is sent again after ten seconds', async (_, rotations) => {
    const { first, id } = await newSession();
    let last = first;
    for (let rotation = 0; rotation < rotations; rotation++) last = await next(last);
    await ageUsedTokens(id, 10);
    expect(await refresh(first)).toEqual(REUSED);
    expect((await rowOf(id)).ended_at).not.toBeNull();
    expect(await refresh(first)).toEqual(INVALID);
    expect(await refresh(last)).toEqual(INVALID);
  });

  test('with a stolen token revokes the session of the owner, and no other', async () => {
    const [stolen, other] = [await newSession(), await newSession()];
    let mine = stolen.first;
    for (let rotation = 0; rotation < 3; rotation++) mine = await next(mine);
    await ageUsedTokens(stolen.id, 10);
    expect(await refresh(stolen.first)).toEqual(REUSED);
    expect(await refresh(mine)).toEqual(INVALID);
    expect((await refresh(other.first)).userErrors).toEqual([]);
  });

  test('with a stolen token is logged and audited, without the token', async () => {
    const { first, id, auth } = await newSession();
    const last = await next(await next(first));
    await ageUsedTokens(id, 10);
    const thief = { ip: '203.0.113.9', userAgent: 'curl/8' };
    expect(await refreshFrom(users, first, thief)).toEqual(REUSED);
    const written = await users.database.query(
      "SELECT subject_id, actor_id, ip, user_agent, detail FROM audit_log WHERE action = 'TOKEN_REUSED' AND detail->>'sessionId' = $1",
      [id],
    );
    expect(written).toEqual([
      {
        subject_id: auth.viewer.userId,
        actor_id: null,
        ip: thief.ip,
        user_agent: thief.userAgent,
        detail: { sessionId: id, generation: 0, current: 2 },
      },
    ]);
    const warnings = users.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(warnings).toContainEqual(
      expect.objectContaining({
        level: 40,
        msg: 'a used refresh token was sent again',
        sessionId: id,
        userId: auth.viewer.userId,
      }),
    );
    for (const token of [first, last]) expect(users.log.join('')).not.toContain(token);
  });

  test('does not revoke the session for a token that a restored database does not know', async () => {
    const { first, id } = await newSession();
    const third = await next(await next(first));
    await change(id, 'generation = 1, used_up_at = ARRAY[clock_timestamp()]');
    expect(await refresh(third)).toEqual(INVALID);
    expect((await rowOf(id)).ended_at).toBeNull();
  });

  test('updates the time of last use, not the time of expiry', async () => {
    const { first, id, tokens } = await newSession();
    const before = await rowOf(id);
    const refreshed = await refresh(first);
    const after = await rowOf(id);
    expect(after.last_used_at.getTime()).toBeGreaterThan(before.last_used_at.getTime());
    expect(after.expires_at).toEqual(before.expires_at);
    expect(refreshed.tokens!.refreshExpiresAt).toBe(tokens.refreshExpiresAt);
  });

  test('stores the origin of the client, and keeps the old one if there is none', async () => {
    const { first, id } = await newSession();
    const origin = { ip: '198.51.100.7', userAgent: 'a browser' };
    const second = (await refreshFrom(users, first, origin)).tokens!.refreshToken;
    await refresh(second);
    expect(await rowOf(id)).toMatchObject({ ip: origin.ip, user_agent: origin.userAgent });
  });

  test('returns the current scopes of the user', async () => {
    const { first, auth } = await newSession();
    const setRoles = (roles: string[]) =>
      users.database.query('UPDATE users SET roles = $2 WHERE id = $1', [auth.viewer.userId, roles]);
    await setRoles(['READER']);
    const refreshed = await refresh(first);
    await setRoles(['EDITOR']);
    const { scopes } = await authOf(users, refreshed.tokens!.accessToken);
    expect(scopes).toEqual(new Set(['users:read', 'subscribers:read']));
  });

  test.each([
    ['has expired', "created_at = now() - interval '31 days', expires_at = now() - interval '1 second'"],
    ['was revoked', 'ended_at = now()'],
  ])('fails once the session %s', async (_, how) => {
    const { first, id } = await newSession();
    await change(id, how);
    expect(await refresh(first)).toEqual(INVALID);
  });

  test('rejects malformed and forged tokens', async () => {
    const { first, id, tokens } = await newSession();
    const forged = `${first.slice(0, -2)}${first.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const token of ['', 'guess', '\u0000', tokens.accessToken, forged, 'a'.repeat(1_000_000)]) {
      expect(await refresh(token)).toEqual(INVALID);
    }
    expect((await rowOf(id)).ended_at).toBeNull();
  });
});
