import { beforeAll, describe, expect, test } from '@jest/globals';
import type { KeysetPage } from '@kit/subgraph';
import { v7 } from 'uuid';
import { row, store } from '../../testing/rows.js';
import { statementsOf } from '../../testing/statements.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { withService } from '../../testing/with-service.js';
import type { SubscriberEntity } from '../subscriber.entity.js';

interface Page extends KeysetPage<{ readonly id: string; readonly email: string }> {
  readonly totalCount: { readonly value: number; readonly precision: string };
  readonly streamCursor: string;
}

const SUBSCRIBERS = `query (
  $first: Int, $after: String, $last: Int, $before: String, $filter: SubscriberFilter, $orderBy: SubscriberOrder
) {
  subscribers(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { id email }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount { value precision }
    streamCursor
  }
}`;

const ADDED_AT_ASC = { field: 'ADDED_AT', direction: 'ASC' };
const ADDED_AT_DESC = { field: 'ADDED_AT', direction: 'DESC' };
const EMAIL_ASC = { field: 'EMAIL', direction: 'ASC' };
const UPDATED_AT_DESC = { field: 'UPDATED_AT', direction: 'DESC' };
const EMAIL_DESC = { field: 'EMAIL', direction: 'DESC' };

const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
const SORTS: Record<string, (one: SubscriberEntity, other: SubscriberEntity) => number> = {
  ADDED_AT: (one, other) => one.addedAt.getTime() - other.addedAt.getTime() || byBytes(one.id, other.id),
  UPDATED_AT: (one, other) =>
    one.updatedAt.getTime() - other.updatedAt.getTime() || byBytes(one.id, other.id),
  EMAIL: (one, other) => byBytes(one.emailNormalized, other.emailNormalized),
};

describe('subscribers', () => {
  const running = withService();
  const request = (variables: object) =>
    running.service.request<{ subscribers: Page | null }>(SUBSCRIBERS, { variables });
  const page = async (variables: object): Promise<Page> => {
    const { data, errors } = await request(variables);
    expect(errors).toBeUndefined();
    return data!.subscribers!;
  };

  const USERS = [v7(), v7()];
  const rows: SubscriberEntity[] = [];
  let emptyPage: Page;
  beforeAll(async () => {
    emptyPage = await page({});
    // Forty have the same time, so that nearly every page ends between rows with equal keys.
    for (let number = 0; number < 120; number += 1) {
      rows.push(
        row({
          email: `${['Ä', 'a', 'Z', 'é'][number % 4]}${number}@example.com`,
          addedAt: new Date(Date.UTC(2026, 0, 1) + Math.floor(number / 40)),
          addedById: USERS[number % 5 === 0 ? 0 : 1],
          status: (['ACTIVE', 'PENDING', 'UNSUBSCRIBED'] as const)[number % 4] ?? 'ACTIVE',
          tags: [...(number % 2 === 1 ? ['odd'] : []), ...(number % 3 === 0 ? ['third'] : [])],
          attributes: { n: number % 7 },
          updatedAt: new Date(Date.UTC(2026, 1, 1) + ((number * 31) % 50)),
          id: v7({ msecs: Date.UTC(2026, 0, 1) + ((number * 7919) % 1000) }),
        }),
      );
    }
    await store(running.service.database, rows);
  });

  const expected = (
    orderBy: { field: string; direction: string },
    pass: (row: SubscriberEntity) => boolean,
  ) => {
    const ids = rows
      .filter(pass)
      .sort(SORTS[orderBy.field])
      .map(({ id }) => id);
    return orderBy.direction === 'ASC' ? ids : ids.toReversed();
  };

  describe.each([ADDED_AT_ASC, ADDED_AT_DESC, EMAIL_ASC, EMAIL_DESC, UPDATED_AT_DESC])(
    'in the order $field $direction',
    (orderBy) => {
      describe.each([
        [undefined, () => true],
        [{ addedBy: [USERS[0]] }, ({ addedById }: SubscriberEntity) => addedById === USERS[0]],
        [{ status: ['ACTIVE'] }, ({ status }: SubscriberEntity) => status === 'ACTIVE'],
        [
          { status: ['ACTIVE', 'PENDING', 'BOUNCED'], addedBy: [USERS[1]] },
          ({ status, addedById }: SubscriberEntity) => status !== 'UNSUBSCRIBED' && addedById === USERS[1],
        ],
        [{ attributes: { n: 1 } }, ({ attributes }: SubscriberEntity) => attributes['n'] === 1],
        [{ tags: ['odd'] }, ({ tags }: SubscriberEntity) => tags.includes('odd')],
        [
          { tags: ['odd', 'third'], status: ['ACTIVE', 'UNSUBSCRIBED'] },
          ({ tags, status }: SubscriberEntity) =>
            tags.includes('odd') && tags.includes('third') && status !== 'PENDING',
        ],
      ])('with the filter %j', (filter, pass) => {
        test.each([7, 100])('return each subscriber once, forward in pages of %i', async (first) => {
          const all = expected(orderBy, pass);
          const seen: string[] = [];
          let after: string | null = null;
          while (seen.length < all.length) {
            const { nodes, edges, pageInfo, totalCount } = await page({ first, after, orderBy, filter });
            expect(pageInfo.hasPreviousPage).toBe(seen.length > 0);
            seen.push(...nodes.map(({ id }) => id));
            expect(pageInfo.hasNextPage).toBe(seen.length < all.length);
            expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
            expect([edges[0]!.cursor, edges.at(-1)!.cursor]).toEqual([
              pageInfo.startCursor,
              pageInfo.endCursor,
            ]);
            expect(totalCount).toEqual({ value: all.length, precision: 'EXACT' });
            after = pageInfo.endCursor;
          }
          expect(seen).toEqual(all);
        });

        test.each([7, 100])('return each subscriber once, backward in pages of %i', async (last) => {
          const all = expected(orderBy, pass);
          const seen: string[] = [];
          let before: string | null = null;
          while (seen.length < all.length) {
            const { nodes, pageInfo } = await page({ last, before, orderBy, filter });
            expect(pageInfo.hasNextPage).toBe(seen.length > 0);
            seen.unshift(...nodes.map(({ id }) => id));
            expect(pageInfo.hasPreviousPage).toBe(seen.length < all.length);
            before = pageInfo.startCursor;
          }
          expect(seen).toEqual(all);
        });
      });
    },
  );

  test('return an empty page and a stream cursor for an empty list', () => {
    expect(emptyPage).toEqual({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: { value: 0, precision: 'EXACT' },
      streamCursor: expect.stringMatching(/^[\w-]+$/),
    });
  });

  test('return the newest twenty by default', async () => {
    const { nodes } = await page({});
    expect(nodes.map(({ id }) => id)).toEqual(expected(ADDED_AT_DESC, () => true).slice(0, 20));
    expect(await page({ orderBy: null })).toMatchObject({ nodes });
  });

  test('return an empty page beyond the end, with correct page information', async () => {
    const { pageInfo } = await page({ last: 1 });
    expect(await page({ after: pageInfo.endCursor })).toMatchObject({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
    const { pageInfo: start } = await page({ first: 1 });
    expect(await page({ before: start.startCursor })).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
    expect(await page({ filter: { status: [] } })).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
      totalCount: { value: 0 },
    });
  });

  test('accept a cursor of the same filter in another order or spelling', async () => {
    const { pageInfo } = await page({ first: 1, filter: { addedBy: USERS, query: 'EXAMPLE' } });
    const same = { addedBy: USERS.toReversed(), query: 'example', status: null };
    expect((await page({ first: 1, after: pageInfo.endCursor, filter: same })).nodes).toHaveLength(1);
  });

  test.each([
    ['a page size of 0', { first: 0 }, 'first must be from 1 to 100, not 0.'],
    ['a page size over the limit', { first: 101 }, 'first must be from 1 to 100, not 101.'],
    ['a last page over the limit', { last: 101 }, 'last must be from 1 to 100, not 101.'],
    ['both directions', { first: 1, last: 1 }, 'first and last cannot go together'],
    ['a query over the limit', { filter: { query: 'x'.repeat(255) } }, 'filter.query must have'],
    ['NUL in a query', { filter: { query: 'a\0b' } }, 'filter.query must have'],
    ['half a surrogate pair in a query', { filter: { query: '\ud800' } }, 'filter.query must have'],
    ['a forged cursor', { after: 'forged' }, 'The cursor is not valid here'],
    ['NUL for a cursor', { after: '\0' }, 'The cursor is not valid here'],
    ['an empty cursor', { after: '' }, 'The cursor is not valid here'],
  ])('reject %s', async (_, variables, message) => {
    const { data, errors } = await request(variables);
    expect(data).toEqual({ subscribers: null });
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining(message),
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    ]);
  });

  test('reject a cursor of another filter, another order, or the event stream', async () => {
    const { pageInfo, streamCursor } = await page({
      first: 1,
      filter: { status: ['ACTIVE'] },
      orderBy: EMAIL_ASC,
    });
    const filter = { status: ['ACTIVE'] };
    for (const variables of [
      { orderBy: EMAIL_ASC },
      { orderBy: EMAIL_ASC, filter: { status: [] } },
      { orderBy: EMAIL_DESC, filter },
      { orderBy: ADDED_AT_ASC, filter },
    ]) {
      const { errors } = await request({ ...variables, after: pageInfo.endCursor });
      expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } })]);
    }
    const { errors } = await request({ after: streamCursor });
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } })]);
  });

  test('are counted only if the query selects totalCount', async () => {
    const counting = (statements: string[]) => statements.filter((statement) => /count\(/i.test(statement));
    const without = await statementsOf(running.service, () =>
      running.service.request('{ subscribers { nodes { id } } }'),
    );
    expect(without).not.toEqual([]);
    expect(counting(without)).toEqual([]);
    expect(counting(await statementsOf(running.service, () => page({})))).toHaveLength(1);
  });

  test('return a stream cursor from before the page was read', async () => {
    const { database } = running.service;
    await running.service.settled();
    const before = (await page({})).streamCursor;
    const { seq } = running.service.position();
    const lock = database.createQueryRunner();
    await lock.startTransaction();
    await lock.query('LOCK TABLE subscribers IN ACCESS EXCLUSIVE MODE');
    const reading = page({});
    await waitUntil(async () => {
      const waiting: unknown[] = await lock.query(
        "SELECT FROM pg_locks WHERE NOT granted AND relation = 'subscribers'::regclass",
      );
      return waiting.length > 0;
    });
    await database.query(
      "INSERT INTO outbox (type, subject_id, occurred_at) VALUES ('of another kind', gen_random_uuid(), now())",
    );
    await waitUntil(() => running.service.position().seq === seq + 1);
    await lock.commitTransaction();
    await lock.release();
    expect((await reading).streamCursor).toBe(before);
    expect((await page({})).streamCursor).not.toBe(before);
  });
});
