import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startNewEpoch } from '@kit/event-log';
import { waitUntil } from '@supergraph/tools/wait-until';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, logIn, refresh, register } from '../testing/people.js';
import { gatewayHeaders, runUsers, type RunningUsers } from '../testing/running-users.js';
import { ageUsedTokens } from '../testing/age-used-tokens.js';
import { REVOKED_SINCE } from './revoked-sessions.controller.js';
import { RECENTLY_REVOKED } from './revoked-sessions.js';

interface Page {
  sessions: string[];
  cursor: string;
  hasMore: boolean;
}

interface Feed {
  until: number;
  sessions: string[];
}

describe('the feed of revoked sessions', () => {
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
  const get = (query = '', headers: Record<string, string> = gatewayHeaders()) =>
    fetch(`${users.origin}/revoked-sessions${query}`, { headers });
  const feed = async (since?: number) => {
    const response = await get(since === undefined ? '' : `?since=${since}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Feed;
  };
  const page = async (after: string) => {
    const response = await get(`?after=${encodeURIComponent(after)}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Page;
  };
  /** The sessions after a cursor that have a number by now, and the cursor of the end. */
  const pages = async (after = '') => {
    const sessions: string[] = [];
    let cursor = after;
    let hasMore = true;
    let count = 0;
    for (; hasMore; count += 1) {
      const next = await page(cursor);
      sessions.push(...next.sessions);
      ({ cursor, hasMore } = next);
    }
    return { sessions, cursor, count };
  };
  const outboxIsEmpty = async () =>
    (await users.database.query<unknown[]>('SELECT FROM outbox LIMIT 1')).length === 0;
  const session = async () => (await logIn(users, ADA)).auth.viewer.sessionId;
  const endedAgo = async (seconds: number) => {
    const id = await session();
    await users.database.query(
      'UPDATE sessions SET ended_at = clock_timestamp() - make_interval(secs => $2) WHERE id = $1',
      [id, seconds],
    );
    return id;
  };
  const databaseClock = async () => {
    const [{ ms }] = await users.database.query<[{ ms: number }]>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
    );
    return ms;
  };

  test('contains every session revoked after the cursor, for any reason', async () => {
    const { cursor } = await pages();
    const [loggedOut, revoked, stolen] = [
      await logIn(users, ADA),
      await logIn(users, ADA),
      await logIn(users, ADA),
    ];
    const other = await session();
    await users.ask('mutation { logout { revoked } }', { as: loggedOut.auth });
    await users.ask('mutation ($input: RevokeSessionsInput!) { revokeSessions(input: $input) { revoked } }', {
      as: stolen.auth,
      variables: { input: { ids: [revoked.auth.viewer.sessionId] } },
    });
    const { tokens } = await refresh(users, stolen.tokens.refreshToken);
    await refresh(users, tokens!.refreshToken);
    await ageUsedTokens(users.database, 10);
    await refresh(users, stolen.tokens.refreshToken);
    await waitUntil(outboxIsEmpty);
    const { sessions } = await pages(cursor);
    for (const { auth } of [loggedOut, revoked, stolen]) expect(sessions).toContain(auth.viewer.sessionId);
    expect(sessions).not.toContain(other);
  });

  test('contains once each session that an operator revokes', async () => {
    await waitUntil(outboxIsEmpty);
    const { cursor } = await pages();
    const ids = [await session(), await session(), await session()];
    await users.database.query('UPDATE sessions SET ended_at = clock_timestamp() WHERE id = ANY ($1)', [ids]);
    // Revoked sessions do not cause another event.
    await users.database.query('UPDATE sessions SET ended_at = clock_timestamp() WHERE id = ANY ($1)', [ids]);
    await waitUntil(outboxIsEmpty);
    expect((await pages(cursor)).sessions.toSorted()).toEqual(ids.toSorted());
  });

  test('contains a revocation that is committed long after it was written', async () => {
    const id = await session();
    await waitUntil(outboxIsEmpty);
    const { cursor, sessions } = await pages();
    expect(sessions).not.toContain(id);
    const slow = users.database.createQueryRunner();
    await slow.startTransaction();
    await slow.query(
      "UPDATE sessions SET ended_at = clock_timestamp() - interval '5 minutes' WHERE id = $1",
      [id],
    );
    const other = await session();
    await users.database.query('UPDATE sessions SET ended_at = clock_timestamp() WHERE id = $1', [other]);
    await waitUntil(outboxIsEmpty);
    const meanwhile = await pages(cursor);
    expect(meanwhile.sessions).toEqual([other]);
    await slow.commitTransaction();
    await slow.release();
    await waitUntil(outboxIsEmpty);
    expect((await pages(meanwhile.cursor)).sessions).toEqual([id]);
  });

  test('starts with the lifetime of access tokens', async () => {
    const [within, before] = [await endedAgo(650), await endedAgo(680)];
    const first = await page('');
    expect(first.sessions).toContain(within);
    expect(first.sessions).not.toContain(before);
  });

  test('has bounded pages of any number of sessions', async () => {
    await waitUntil(outboxIsEmpty);
    const end = (await pages()).cursor;
    await users.database.query(
      `INSERT INTO sessions (id, user_id, seed, created_at, last_used_at, expires_at)
        SELECT gen_random_uuid(), id, decode(repeat('00', 32), 'hex'), now(), now(), now() + interval '1 day'
        FROM users, generate_series(1, 12000)`,
    );
    const [rows] = await users.database.query<[{ id: string }[], number]>(
      'UPDATE sessions SET ended_at = now() WHERE ended_at IS NULL RETURNING id',
    );
    const ids = rows.map(({ id }) => id).toSorted();
    const fromTable = await pages();
    expect(fromTable.count).toBe(2);
    const seen = new Set(fromTable.sessions);
    expect(ids.filter((id) => !seen.has(id))).toEqual([]);
    await waitUntil(outboxIsEmpty);
    const fromLog = await pages(end);
    expect(fromLog.sessions.toSorted()).toEqual(ids);
    await users.database.query('DELETE FROM sessions WHERE id = ANY ($1)', [ids]);
  });

  test.each(['x', 'eyJ9'])('rejects %p as a cursor', async (cursor) => {
    const response = await get(`?after=${cursor}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test('rejects a cursor of an earlier epoch', async () => {
    const { cursor } = await page('');
    await startNewEpoch(users.database);
    const response = await get(`?after=${cursor}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'CURSOR_EXPIRED' } }] });
    expect((await pages()).count).toBe(1);
  });

  test.each([
    ['a page', async () => (await pages()).cursor],
    ['a first page', async () => (await page('')).cursor],
  ])('rejects the cursor of %s after a failover that lost its last revocation', async (_, read) => {
    await users.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [await session()]);
    await waitUntil(outboxIsEmpty);
    const cursor = await read();
    await users.database.query('DELETE FROM event_log WHERE seq = (SELECT last_seq FROM event_log_state)');
    await users.database.query('UPDATE event_log_state SET last_seq = last_seq - 1');
    const revoked = await session();
    await users.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [revoked]);
    await waitUntil(outboxIsEmpty);
    const response = await get(`?after=${encodeURIComponent(cursor)}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'CURSOR_EXPIRED' } }] });
    expect((await pages()).sessions).toContain(revoked);
  });

  test('warns once about gateways that poll by time', async () => {
    await feed(0);
    await feed(0);
    expect(users.log.filter((line) => line.includes('with since'))).toHaveLength(1);
  });

  test('returns the time of the response by the clock of the database', async () => {
    const before = await databaseClock();
    const { until } = await feed();
    expect(Number.isInteger(until)).toBe(true);
    expect(until).toBeGreaterThanOrEqual(Math.floor(before));
    expect(until).toBeLessThanOrEqual(await databaseClock());
  });

  test('starts thirty seconds before the requested time', async () => {
    const [within, before] = [await endedAgo(40 + 20), await endedAgo(40 + 60)];
    const { sessions } = await feed(Math.floor(await databaseClock()) - 40_000);
    expect(sessions).toContain(within);
    expect(sessions).not.toContain(before);
  });

  test('returns to a gateway that polls by time only what it reads', async () => {
    for (const since of [undefined, 0]) {
      expect(await feed(since)).toEqual({ until: expect.any(Number), sessions: expect.any(Array) });
    }
  });

  test('covers the lifetime of access tokens for a gateway that has just started', async () => {
    const [within, before] = [await endedAgo(650), await endedAgo(680)];
    for (const since of [undefined, 0]) {
      const { sessions } = await feed(since);
      expect(sessions).toContain(within);
      expect(sessions).not.toContain(before);
    }
  });

  test('treats a future time as now, since another database may have another clock', async () => {
    const id = await endedAgo(20);
    expect((await feed(Math.floor(await databaseClock()) + 3_600_000)).sessions).toContain(id);
  });

  test('is complete for any number of sessions', async () => {
    const { until } = await feed();
    await users.database.query(
      `INSERT INTO sessions (id, user_id, seed, created_at, last_used_at, expires_at, ended_at)
        SELECT gen_random_uuid(), id, decode(repeat('00', 32), 'hex'), now(), now(), now() + interval '1 day', clock_timestamp()
        FROM users, generate_series(1, 20000)`,
    );
    expect((await feed(until)).sessions.length).toBeGreaterThanOrEqual(20_000);
  });

  test.each(['', 'yesterday', '-1', '1.5', '1e3', '1&since=2', '9999999999999999'])(
    'rejects %p as a time',
    async (since) => {
      const response = await get(`?since=${since}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        errors: [
          { message: expect.stringContaining('milliseconds'), extensions: { code: 'BAD_USER_INPUT' } },
        ],
      });
    },
  );

  test.each([
    ['no token', () => ({})],
    ['a token of another subgraph', () => gatewayHeaders(undefined, 'email-subscriptions')],
    ['a token signed with another secret', () => gatewayHeaders(undefined, 'users', 'x'.repeat(32))],
  ])('rejects %s at every spelling of the path', async (_, headers) => {
    for (const address of ['/revoked-sessions', '/%72evoked-sessions?since=0', '/revoked-sessions?']) {
      const response = await fetch(`${users.origin}${address}`, { headers: headers() });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNTRUSTED_CALLER' } }] });
    }
  });

  test('does not log requests, which come every second', async () => {
    await feed();
    await users.ask('{ viewer { email } }');
    const paths = users.log.map(
      (line) => JSON.parse(line) as { msg: string; path?: string; status?: number },
    );
    const requests = paths.filter(({ msg, status }) => msg === 'request' && status === 200);
    expect(requests.map(({ path }) => path)).toContain('/graphql');
    expect(requests.map(({ path }) => path)).not.toContain('/revoked-sessions');
  });

  test('is read from an index', async () => {
    const holder = users.database.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SET LOCAL enable_seqscan = off');
    const nil = '00000000-0000-0000-0000-000000000000';
    const plans = [
      await holder.query(`EXPLAIN ${REVOKED_SINCE}`, [Date.now(), 660_000, 30_000]),
      await holder.query(`EXPLAIN ${RECENTLY_REVOKED}`, [660, '0', nil, 10_000]),
    ];
    await holder.rollbackTransaction();
    await holder.release();
    // Without the bound in the condition, the first page would read all sessions that were ever revoked.
    const [since, recent] = plans.map((plan) => JSON.stringify(plan));
    expect(since).toMatch(/sessions_ended_at_idx.*Index Cond: \(ended_at >= to_timestamp/);
    expect(recent).toMatch(/sessions_ended_at_idx.*Index Cond: [^"]*ended_at >= \(statement_timestamp/);
    expect(recent).toMatch(/Sort Key: (sessions\.)?ended_at, (sessions\.)?id"/);
  });
});
