import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { TRIMMING_LOCK } from '../database/advisory-locks.js';
import { ADA, logIn, register } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';
import { waitUntil } from '../testing/wait-until.js';

const GONE_FOR_31_DAYS = "ended_at = now() - interval '31 days'";
const EXPIRED_31_DAYS_AGO =
  "created_at = now() - interval '61 days', expires_at = now() - interval '31 days'";
const GONE_FOR_29_DAYS = "ended_at = now() - interval '29 days'";

describe('what is trimmed', () => {
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
  const sessionThat = async (change: string) => {
    const { sessionId } = (await logIn(users, ADA)).auth.viewer;
    await users.database.query(`UPDATE sessions SET ${change} WHERE id = $1`, [sessionId]);
    return sessionId;
  };
  const kept = async () => {
    const rows = await users.database.query<{ id: string }[]>('SELECT id FROM sessions ORDER BY id');
    return rows.map(({ id }) => id);
  };
  /** Starts a replica and waits until it has trimmed. */
  const trimInAnotherReplica = async (
    until: (log: readonly string[]) => boolean,
    environment: Record<string, string> = {},
  ) => {
    const replica = await runUsers(testDatabase.url, environment);
    try {
      await waitUntil(() => until(replica.log));
    } finally {
      await replica.close();
    }
  };

  test('are sessions that have been over for thirty days, batch by batch, and no others', async () => {
    await sessionThat(GONE_FOR_31_DAYS);
    await sessionThat(EXPIRED_31_DAYS_AGO);
    const living = (await logIn(users, ADA)).auth.viewer.sessionId;
    const remembered = await sessionThat(GONE_FOR_29_DAYS);
    await users.database.query(
      `INSERT INTO sessions (id, user_id, seed, created_at, last_used_at, expires_at)
        SELECT gen_random_uuid(), user_id, seed, created_at, last_used_at, expires_at
        FROM sessions, generate_series(1, 2500) WHERE expires_at < now()`,
    );
    await trimInAnotherReplica((log) => log.some((line) => line.includes('"deleted":2501')));
    expect(await kept()).toEqual([living, remembered].toSorted());
  });

  test('are attempts that have not counted for an hour', async () => {
    const remember = (key: string, minutesAgo: number) =>
      users.database.query('INSERT INTO throttle (key, points, expire) VALUES ($1, 1, $2)', [
        key,
        Date.now() - minutesAgo * 60_000,
      ]);
    await remember('over', 61);
    await remember('over for a moment', 59);
    await trimInAnotherReplica((log) => log.some((line) => line.includes('"table":"throttle"')));
    const rows = await users.database.query("SELECT key FROM throttle WHERE key LIKE 'over%'");
    expect(rows).toEqual([{ key: 'over for a moment' }]);
  });

  test('are entries of the audit log that are older than AUDIT_LOG_RETENTION_DAYS, batch by batch', async () => {
    await users.database.query('DELETE FROM audit_log');
    await users.database.query(`
      INSERT INTO audit_log (id, at, action)
        SELECT gen_random_uuid(), now() - interval '7 days 1 minute', 'LOGIN_FAILED' FROM generate_series(1, 2500)
        UNION ALL
        SELECT gen_random_uuid(), now() - interval '6 days 23 hours', 'LOGIN_SUCCEEDED' FROM generate_series(1, 3)`);
    await trimInAnotherReplica(
      (log) => log.some((line) => line.includes('"table":"audit_log","deleted":2500')),
      { AUDIT_LOG_RETENTION_DAYS: '7' },
    );
    expect(await users.database.query('SELECT action, count(*)::int FROM audit_log GROUP BY action')).toEqual(
      [{ action: 'LOGIN_SUCCEEDED', count: 3 }],
    );
  });

  test('stays while another replica trims', async () => {
    const [{ count: before }] = await users.database.query('SELECT count(*)::int FROM sessions');
    const other = users.database.createQueryRunner();
    await other.query('SELECT pg_advisory_lock($1)', [TRIMMING_LOCK]);
    const old = await sessionThat(GONE_FOR_31_DAYS);
    const replica = await runUsers(testDatabase.url);
    await replica.close();
    expect(await kept()).toContain(old);

    await other.query('SELECT pg_advisory_unlock($1)', [TRIMMING_LOCK]);
    await other.release();
    await trimInAnotherReplica((log) => log.some((line) => line.includes('"deleted":1')));
    expect(await kept()).toHaveLength(before);
  });
});
