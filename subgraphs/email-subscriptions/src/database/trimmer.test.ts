import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../testing/additions.js';
import { createExport } from '../testing/exports.js';
import { row, store } from '../testing/rows.js';
import { runService, type RunningService } from '../testing/running-service.js';

const SUBSCRIBER = row({ email: 'ada@example.com' });

describe('the trimmer', () => {
  let testDatabase: TestDatabase;
  let service: RunningService;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    service = await runService(testDatabase.url);
    await store(service.database, [SUBSCRIBER]);
  });
  afterAll(async () => {
    await service?.close();
    await testDatabase?.drop();
  });
  /** Starts a replica, waits until it has deleted rows of a table, and returns how many. */
  const trimmedFrom = async (table: string): Promise<number | undefined> => {
    const replica = await runService(testDatabase.url);
    const deletions = () =>
      replica.log
        .map((line) => JSON.parse(line) as { table?: string; deleted?: number })
        .filter((line) => line.table === table && line.deleted !== undefined);
    try {
      await waitUntil(() => deletions().length > 0);
      return deletions()[0]!.deleted;
    } finally {
      await replica.close();
    }
  };
  const left = async (table: string, column: string) => {
    const rows = await service.database.query<{ value: string }[]>(
      `SELECT ${column} AS value FROM ${table} ORDER BY 1`,
    );
    return rows.map(({ value }) => value);
  };

  test('forgets idempotency keys after 30 days, and younger ones still return the first result', async () => {
    const { database } = service;
    const input = (idempotencyKey: string) => ({ email: `${idempotencyKey}@example.com`, idempotencyKey });
    for (const [key, days] of [
      ['old', 31],
      ['young', 29],
    ] as const) {
      expect(await addSubscriber(service, input(key))).toMatchObject({ created: true });
      await database.query(
        'UPDATE idempotency_keys SET created_at = now() - make_interval(days => $2) WHERE key = $1',
        [key, days],
      );
    }
    expect(await trimmedFrom('idempotency_keys')).toBe(1);
    expect(await left('idempotency_keys', 'key')).toEqual(['young']);
    expect(await addSubscriber(service, input('young'))).toMatchObject({ created: true });
    expect(await addSubscriber(service, input('old'))).toMatchObject({ created: false, userErrors: [] });
  });

  test('deletes more rows than fit in a batch', async () => {
    const { database } = service;
    await database.query(
      `INSERT INTO idempotency_keys (viewer_id, key, input_hash, subscriber_id, created, created_at)
       SELECT $1, 'many ' || n, '', $1, true, now() - interval '31 days' FROM generate_series(1, 2500) AS n`,
      [SUBSCRIBER.id],
    );
    expect(await trimmedFrom('idempotency_keys')).toBe(2_500);
  });

  test('deletes confirmation tokens that have expired, used or not', async () => {
    await service.database.query(
      `INSERT INTO confirmation_tokens (hash, subscriber_id, created_at, expires_at, used_at)
       SELECT sha256(name::bytea), $1, now() - interval '7 days', now() + rest, used
       FROM (VALUES ('old', '-1 minute'::interval, NULL), ('used', '-1 minute', now()),
                    ('young', '1 minute', NULL), ('young and used', '1 minute', now())) AS token (name, rest, used)`,
      [SUBSCRIBER.id],
    );
    expect(await trimmedFrom('confirmation_tokens')).toBe(2);
    const young = await service.database.query<{ hash: string }[]>(
      `SELECT sha256(name)::text AS hash FROM (VALUES ('young'::bytea), ('young and used')) AS token (name) ORDER BY 1`,
    );
    expect(await left('confirmation_tokens', 'hash::text')).toEqual(young.map(({ hash }) => hash));
  });

  test('deletes sign-ups that nobody confirmed, with their tokens, and those that failed for a week', async () => {
    const { database } = service;
    await database.query(
      `INSERT INTO sign_ups (id, email, email_normalized, tags, attributes, created_at, due_at, kept_until)
       SELECT gen_random_uuid(), name, name, '{}', '{}', now() - age, now() + interval '1 hour', now() + rest
       FROM (VALUES ('kept, old', '8 days'::interval, '-1 minute'::interval), ('kept, young', '8 days', '1 minute'),
                    ('failed, old', '7 days 1 minute', NULL), ('failed, young', '6 days 23 hours', NULL)
            ) AS sign_up (name, age, rest)`,
    );
    await database.query(
      `INSERT INTO confirmation_tokens (hash, sign_up_id, created_at, expires_at)
       SELECT sha256(email::bytea), id, now(), now() + interval '1 hour' FROM sign_ups WHERE kept_until < now()`,
    );
    expect(await trimmedFrom('sign_ups')).toBe(1);
    await waitUntil(async () => (await left('sign_ups', 'email')).length === 2);
    expect(await left('sign_ups', 'email')).toEqual(['failed, young', 'kept, young']);
    expect(await left('confirmation_tokens', 'sign_up_id')).not.toContainEqual(expect.any(String));
  });

  test('forgets the limits of confirmation mails a year after the last mail', async () => {
    await service.database.query(
      `INSERT INTO confirmation_limits (hash, mails, last_mail_at)
       VALUES ('\\x01', 5, now() - interval '366 days'), ('\\x02', 5, now() - interval '364 days')`,
    );
    expect(await trimmedFrom('confirmation_limits')).toBe(1);
    expect(await left('confirmation_limits', 'hash::text')).toEqual(['\\x02']);
  });

  test('deletes exports that nobody downloaded within an hour', async () => {
    const { database } = service;
    for (const query of ['old', 'young']) await createExport(service, { filter: { query } });
    await database.query(
      `UPDATE subscriber_exports SET expires_at = now() - interval '1 s' WHERE filter ->> 'query' = 'old'`,
    );
    expect(await trimmedFrom('subscriber_exports')).toBe(1);
    expect(await left('subscriber_exports', `filter ->> 'query'`)).toEqual(['young']);
  });

  test('leaves a locked row for the next run', async () => {
    const { database } = service;
    await database.query(
      `INSERT INTO confirmation_limits (hash, mails, last_mail_at)
       SELECT ('\\x1' || n)::bytea, 5, now() - interval '366 days' FROM generate_series(1, 2) AS n`,
    );
    const other = database.createQueryRunner();
    await other.startTransaction();
    await other.query(`SELECT FROM confirmation_limits WHERE hash = '\\x11' FOR UPDATE`);
    expect(await trimmedFrom('confirmation_limits')).toBe(1);
    await other.rollbackTransaction();
    await other.release();
    expect(await trimmedFrom('confirmation_limits')).toBe(1);
    expect(await left('confirmation_limits', 'hash::text')).toEqual(['\\x02']);
  });
});
