import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { READER, ROOM } from '../../testing/callers.js';
import { change, subscriberOf } from '../../testing/changes.js';
import { row, store, storeMany } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';

interface TaggingResult {
  readonly changed: number;
  readonly remaining: boolean;
  readonly userErrors: { code: string; field: string[]; message: string }[];
}

const TAG = `mutation ($input: TagSubscribersInput!) {
  tagSubscribers(input: $input) { changed remaining userErrors { code field message } }
}`;

describe('tagSubscribers', () => {
  const running = withService();
  beforeEach(async () => {
    const { database } = running.service;
    // Thousands of bulk events would get their numbers one batch at a time.
    await database.query('TRUNCATE outbox_bulk');
    await running.service.settled();
    const tables = ['subscribers', 'subscriber_history', 'tag_changes', 'tag_counts', 'event_log'];
    await database.query(`TRUNCATE ${tables.join(', ')} CASCADE`);
  });
  const tag = async (input: object, as: AuthContext = ROOM): Promise<TaggingResult> => {
    const { data, errors } = await running.service.request<{ tagSubscribers: TaggingResult }>(TAG, {
      variables: { input: { filter: {}, ...input } },
      as,
    });
    if (errors) throw new Error(JSON.stringify(errors));
    return data!.tagSubscribers;
  };
  const fill = async (count: number, of: (n: number) => Partial<Parameters<typeof row>[0]> = () => ({})) => {
    const rows = Array.from({ length: count }, (_, n) => row({ email: `s${n}@example.com`, ...of(n) }));
    await store(running.service.database, rows);
    await running.service.database.query(
      'INSERT INTO tag_counts SELECT tag, count(*) FROM subscribers, unnest(tags) AS tag GROUP BY tag',
    );
    return rows;
  };
  const one = async <Row>(query: string) => (await running.service.database.query<[Row]>(query))[0];
  const expectExactCounts = async () => {
    const counted = `SELECT tag, sum(n)::int AS count FROM (
        SELECT tag, subscribers AS n FROM tag_counts UNION ALL SELECT tag, delta FROM tag_changes
      ) AS parts GROUP BY tag HAVING sum(n) <> 0 ORDER BY tag`;
    const recounted =
      'SELECT tag COLLATE "C" AS tag, count(*)::int AS count FROM subscribers, unnest(tags) AS tag GROUP BY 1 ORDER BY 1';
    const { database } = running.service;
    expect(await database.query(counted)).toEqual(await database.query(recounted));
  };

  test('changes whom the filter matches, with history and event, and leaves those who are so already', async () => {
    const { service } = running;
    const rows = await fill(6, (n) => ({
      tags: [['a'], ['a', 'x'], ['b'], ['b', 'a'], [], ['a', 'b', 'new']][n]!,
      status: n === 4 ? 'ERASED' : n === 0 ? 'UNSUBSCRIBED' : 'ACTIVE',
    }));
    expect(await tag({ filter: { tags: ['a'] }, add: ['new', 'b'], remove: ['a', 'b'] })).toEqual({
      changed: 4,
      remaining: false,
      userErrors: [],
    });
    const after = await Promise.all(rows.map(({ id }) => subscriberOf(service, id)));
    expect(after.map(({ tags, revision }) => [tags, revision])).toEqual([
      [['new'], 2],
      [['new', 'x'], 2],
      [['b'], 1],
      [['new'], 2],
      [[], 1],
      [['new'], 2],
    ]);
    expect(after[1]!.history.nodes).toEqual([
      { kind: 'UPDATED', changed: ['tags'], reason: null, by: null },
      expect.objectContaining({ kind: 'ADDED' }),
    ]);
    await service.settled();
    const events = await service.database.query<{ subject_id: string }[]>('SELECT * FROM event_log');
    expect(events.map(({ subject_id }) => subject_id).toSorted()).toEqual(
      [0, 1, 3, 5].map((n) => rows[n]!.id).toSorted(),
    );
    expect(events.find(({ subject_id }) => subject_id === rows[0]!.id)).toMatchObject({
      type: 'subscriber.updated',
      detail: { before: 'UNSUBSCRIBED', after: 'UNSUBSCRIBED' },
    });
    await expectExactCounts();
    expect(await tag({ filter: { tags: ['a'] }, add: ['new'], remove: ['a'] })).toMatchObject({ changed: 0 });
  });

  test('changes at most 10,000 a call, and says whether some remain', async () => {
    await storeMany(running.service.database, 10_003);
    const start = Date.now();
    expect(await tag({ add: ['all'] })).toEqual({ changed: 10_000, remaining: true, userErrors: [] });
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(await tag({ add: ['all'] })).toEqual({ changed: 3, remaining: false, userErrors: [] });
    expect(await tag({ add: ['all'] })).toEqual({ changed: 0, remaining: false, userErrors: [] });
    expect(await one('SELECT count(*)::int AS n FROM subscriber_history')).toEqual({ n: 10_003 });
    expect(
      await one(`SELECT count(*)::int AS n, count(DISTINCT subject_id)::int AS distinct FROM (
          SELECT subject_id FROM event_log UNION ALL SELECT unnest(subject_ids) FROM outbox_bulk
        ) AS events`),
    ).toEqual({ n: 10_003, distinct: 10_003 });
    await expectExactCounts();
  });

  test('says that nobody remains after exactly 10,000', async () => {
    await storeMany(running.service.database, 10_000);
    expect(await tag({ add: ['all'] })).toEqual({ changed: 10_000, remaining: false, userErrors: [] });
  });

  test('leaves subscribers who would have too many tags, and says so', async () => {
    const full = Array.from({ length: 100 }, (_, n) => `t${n + 100}`);
    const rows = await fill(3, (n) => ({ tags: n === 1 ? full : [] }));
    const { changed, remaining, userErrors } = await tag({ add: ['more'] });
    expect([changed, remaining]).toEqual([2, false]);
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'add'] }]);
    expect(await subscriberOf(running.service, rows[1]!.id)).toMatchObject({
      tags: full,
      revision: 1,
    });
    expect(await tag({ add: ['more'], remove: ['t100'] })).toEqual({
      changed: 1,
      remaining: false,
      userErrors: [],
    });
  });

  test('loses nothing and does not deadlock with other calls and updates', async () => {
    const rows = await fill(1_200, (n) => ({ tags: n % 2 ? ['odd'] : [] }));
    const single = rows.filter((_, n) => n % 100 === 0).toReversed();
    const results = await Promise.all([
      tag({ add: ['one'] }),
      tag({ filter: { tags: ['odd'] }, add: ['two'], remove: ['odd'] }),
      tag({ add: ['three'] }),
      ...single.map(async ({ id }) => {
        const { userErrors } = await change(running.service, 'updateSubscriber', { id, addTags: ['single'] });
        expect(userErrors).toEqual([]);
      }),
    ]);
    expect(results.slice(0, 3)).toMatchObject([{ changed: 1_200 }, { changed: 600 }, { changed: 1_200 }]);
    expect(
      await one(`SELECT count(*) FILTER (WHERE tags @> '{one,three}')::int AS both,
        count(*) FILTER (WHERE 'two' = ANY (tags))::int AS two,
        count(*) FILTER (WHERE 'odd' = ANY (tags))::int AS odd,
        count(*) FILTER (WHERE 'single' = ANY (tags))::int AS single,
        sum(revision - 1)::int AS changes FROM subscribers`),
    ).toEqual({ both: 1_200, two: 600, odd: 0, single: 12, changes: 3_012 });
    expect(await one('SELECT count(*)::int AS n FROM subscriber_history')).toEqual({ n: 3_012 });
    await expectExactCounts();
  });

  test('rejects invalid tags, none at all, invalid filters, and callers without the scope', async () => {
    const invalid = await tag({ add: ['\n'], remove: ['x'.repeat(65)] });
    expect(invalid.userErrors.map(({ field }) => field[1])).toEqual(['add', 'remove']);
    expect((await tag({})).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
    await expect(tag({ add: ['a'], filter: { query: '\n' } })).rejects.toThrow('BAD_USER_INPUT');
    await expect(tag({ add: ['a'] }, READER)).rejects.toThrow('FORBIDDEN');
  });
});
