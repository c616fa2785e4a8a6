import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, READER, tokenFor } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import { allCounted, day, expectExactFigures, STATS, statsOf } from '../../testing/figures.js';
import { Chooser, seededRandom } from '../../testing/random.js';
import { runService, type RunningService } from '../../testing/running-service.js';
import { FIGURES_CONSUMER } from './figures.js';

const ERASER = caller(EDITOR.viewer.userId, ['subscribers:read', 'subscribers:erase']);

describe('subscriberStats', () => {
  let testDatabase: TestDatabase;
  const replicas: RunningService[] = [];
  beforeAll(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
    replicas.push(await runService(testDatabase.url), await runService(testDatabase.url));
  });
  afterEach(async () => {
    for (const table of ['subscribers', 'subscriber_history'])
      await replicas[0]!.database.query(`DELETE FROM ${table}`);
    await replicas[0]!.database.query('UPDATE subscriber_totals SET n = 0');
    await replicas[0]!.database.query('DELETE FROM subscriber_figures');
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await testDatabase?.drop();
  });

  const counted = () => allCounted(replicas[0]!);
  const expectExact = () => expectExactFigures(replicas[0]!);
  const stats = (variables: object = {}) => statsOf(replicas[0]!, variables);
  const changeAtRandom = async (seed: number, count: number) => {
    const choose = new Chooser(seededRandom(seed));
    for (let n = 0; n < count; n += 1) {
      const service = choose.oneOf(replicas);
      const email = `${choose.whole(8)}-${seed % 2}@example.com`;
      const { subscriber, userErrors } = await addSubscriber(service, {
        email,
        requireConfirmation: choose.whole(2) === 0,
      });
      const id = subscriber?.id ?? userErrors[0]?.existing?.id;
      const act = choose.whole(5);
      if (act === 0 && id) await change(service, 'unsubscribeSubscriber', { id });
      if (act === 1 && subscriber) await change(service, 'reportDelivery', { email, report: 'HARD_BOUNCE' });
      if (act === 2 && subscriber) await change(service, 'reportDelivery', { email, report: 'COMPLAINT' });
      if (act === 3 && id) await change(service, 'updateSubscriber', { id, name: `${n}` });
      if (act === 4 && id && n % 4 === 0) await change(service, 'eraseSubscriber', { id }, ERASER);
    }
  };

  test('equals a recount after changes by several writers on two replicas', async () => {
    await Promise.all([1, 2, 3, 4].map((seed) => changeAtRandom(seed, 25)));
    await counted();
    await expectExact();
  });

  test('equals a recount after missed events', async () => {
    const [service] = replicas as [RunningService];
    await changeAtRandom(11, 20);
    await counted();
    const [{ last }] = await service.database.query<[{ last: number }]>(
      'SELECT last_seq::int AS last FROM event_log_state',
    );
    await service.database.query('UPDATE subscriber_totals SET n = 77');
    await service.database.query('DELETE FROM subscriber_figures');
    // The position is before the oldest kept event, as if the process had stopped for longer than events are kept.
    await service.database.query(
      `WITH trimmed AS (UPDATE event_log_state SET trimmed_seq = $1::int - 5)
       , gone AS (DELETE FROM event_log WHERE seq <= $1::int - 5)
       UPDATE event_log_consumers SET seq = $1::int - 6 WHERE name = $2`,
      [last, FIGURES_CONSUMER],
    );
    await counted();
    await expectExact();
  });

  test('hands over to subscriberChanged at its cursor without a gap or a repetition', async () => {
    const [service] = replicas as [RunningService];
    const before = (await addSubscriber(service, { email: 'before@example.com' })).subscriber!.id;
    await counted();
    const { totals, streamCursor } = await stats();
    expect(totals['active']).toBe(1);
    await change(service, 'unsubscribeSubscriber', { id: before });
    const after = (await addSubscriber(service, { email: 'after@example.com' })).subscriber!.id;
    const socket = await service.connect();
    socket.subscribe(
      '1',
      'subscription ($after: String) { subscriberChanged(after: $after) { kind subscriberId } }',
      tokenFor(READER),
      { after: streamCursor },
    );
    for (const expected of [
      { kind: 'UNSUBSCRIBED', subscriberId: before },
      { kind: 'ADDED', subscriberId: after },
    ]) {
      const { payload } = await socket.next();
      expect(payload).toEqual({ data: { subscriberChanged: expected } });
    }
    await socket.close();
    await counted();
  });

  test('has all buckets, and counts events of the earlier version as additions of active subscribers', async () => {
    const { database } = replicas[0]!;
    await database.query(
      `INSERT INTO outbox (type, subject_id, occurred_at) VALUES
         ('subscriber.added', gen_random_uuid(), '2026-03-28T22:59:59Z'),
         ('subscriber.added', gen_random_uuid(), '2026-03-28T23:00:00Z'),
         ('subscriber.added', gen_random_uuid(), '2026-03-29T21:59:59Z')`,
    );
    await counted();
    const found = await stats({ from: '2026-03-28', to: '2026-03-31', timeZone: 'Europe/Berlin' });
    expect(found.buckets.map(({ start, added, erased }) => [start, added, erased])).toEqual([
      ['2026-03-27T23:00:00.000Z', 1, 0],
      ['2026-03-28T23:00:00.000Z', 2, 0],
      ['2026-03-29T22:00:00.000Z', 0, 0],
    ]);
    expect(found.totals['active']).toBe(3);
  });

  test('shows no negative totals', async () => {
    await replicas[0]!.database.query(`UPDATE subscriber_totals SET n = -2 WHERE status = 'ACTIVE'`);
    expect((await stats()).totals['active']).toBe(0);
  });

  test('gives totals of more than 10,000 subscribers without a count of them', async () => {
    const { database } = replicas[0]!;
    await database.query(
      `WITH added AS (
         INSERT INTO subscribers (id, email, email_normalized, search_text, added_at, status)
         SELECT gen_random_uuid(), email, email, upper(email), now(), 'ACTIVE'
         FROM generate_series(1, 10200) AS n, concat(n, '@example.com') AS email RETURNING id
       )
       INSERT INTO outbox (type, subject_id, occurred_at) SELECT 'subscriber.added', id, now() FROM added`,
    );
    await counted();
    const count = async (filter: object) => {
      const { data } = await replicas[0]!.request<{ subscribers: { totalCount: object } }>(
        'query ($filter: SubscriberFilter) { subscribers(filter: $filter) { totalCount { value precision } } }',
        { variables: { filter } },
      );
      return data!.subscribers.totalCount;
    };
    const exact = { value: 10_200, precision: 'EXACT' };
    expect([await count({}), await count({ status: ['ACTIVE'] })]).toEqual([exact, exact]);
    expect(await count({ query: 'example' })).toEqual({ value: 10_000, precision: 'AT_LEAST' });
    expect(await count({ query: '10200@' })).toEqual({ value: 1, precision: 'EXACT' });

    // While changes are not counted yet, the totals are of a moment ago.
    const other = database.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT FROM event_log_consumers WHERE name = $1 FOR UPDATE', [FIGURES_CONSUMER]);
    await addSubscriber(replicas[0]!, { email: 'late@example.com' });
    await replicas[0]!.settled();
    expect(await count({})).toEqual({ value: 10_200, precision: 'ESTIMATED' });
    await other.rollbackTransaction();
    await other.release();
    await counted();
    expect(await count({})).toEqual({ value: 10_201, precision: 'EXACT' });
  });

  test.each([
    [{ from: '2026-02-01', to: '2026-01-01' }, 'from must not be after to'],
    [{ from: '2020-01-01', to: '2026-01-01' }, 'at most 1000 buckets'],
    [{ from: '2026-02-30' }, 'from must be a date'],
    [{ timeZone: 'CEST+1' }, 'timeZone'],
  ])('rejects %j', async (variables, message) => {
    const { errors } = await replicas[0]!.request(STATS, {
      variables: { from: day(0), to: day(1), ...variables },
      as: READER,
    });
    expect(errors).toMatchObject([
      { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('requires subscribers:read', async () => {
    const { errors } = await replicas[0]!.request(STATS, {
      variables: { from: day(0), to: day(1) },
      as: caller(READER.viewer.userId, ['subscribers:write']),
    });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
