import { newId } from '@kit/database';
import { ANONYMOUS } from '@kit/auth';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { caller, READER } from '../testing/callers.js';
import { row, store } from '../testing/rows.js';
import { statementsOf } from '../testing/statements.js';
import { withService } from '../testing/with-service.js';
import type { SubscriberEntity } from './subscriber.entity.js';

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Subscriber { id email addedBy { id } } }
}`;
const ADDED_SUBSCRIBERS = `query ($representations: [_Any!]!, $first: Int, $after: String, $filter: SubscriberFilter) {
  _entities(representations: $representations) {
    ... on User {
      addedSubscribers(first: $first, after: $after, filter: $filter) {
        nodes { email }
        pageInfo { hasNextPage hasPreviousPage endCursor }
        totalCount { value }
      }
    }
  }
}`;
const ANN = '0199d0a0-0000-7000-8000-0000000000a1';
const BOB = '0199d0a0-0000-7000-8000-0000000000b1';

interface Added {
  readonly nodes: { readonly email: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly endCursor: string;
  };
  readonly totalCount: { readonly value: number };
}

describe('the entity resolvers', () => {
  const running = withService();
  const rows: SubscriberEntity[] = [];
  beforeAll(async () => {
    for (let number = 0; number < 100; number += 1) {
      const addedAt = new Date(Date.UTC(2026, 0, 1) + number);
      rows.push(row({ email: `s${number}@example.com`, addedById: number % 2 === 0 ? ANN : BOB, addedAt }));
    }
    await store(running.service.database, rows);
  });
  const subscribersBy = (ids: string[]) => ids.map((id) => ({ __typename: 'Subscriber', id }));
  const resolve = (representations: object[], as = READER) =>
    running.service.request<{ _entities: unknown[] }>(ENTITIES, { variables: { representations }, as });
  const added = async (userId: string, variables: object = {}): Promise<Added> => {
    const representations = [{ __typename: 'User', id: userId }];
    const { data, errors } = await running.service.request<{ _entities: { addedSubscribers: Added }[] }>(
      ADDED_SUBSCRIBERS,
      { variables: { representations, ...variables }, as: READER },
    );
    expect(errors).toBeUndefined();
    return data!._entities[0]!.addedSubscribers;
  };

  test('resolve a hundred subscribers and their addedBy with one statement', async () => {
    const representations = subscribersBy(rows.map(({ id }) => id));
    let result: Awaited<ReturnType<typeof resolve>>;
    const statements = await statementsOf(running.service, async () => {
      result = await resolve(representations);
    });
    expect(result!.data!._entities).toEqual(
      rows.map(({ id, email, addedById }) => ({ id, email, addedBy: { id: addedById } })),
    );
    expect(statements).toHaveLength(1);
  });

  test('return null for unknown subscribers, and the same subscriber for a repeated id', async () => {
    const { id, email, addedById } = rows[0]!;
    const { data } = await resolve(subscribersBy([newId(), id, 'malformed', '\0', id]));
    const found = { id, email, addedBy: { id: addedById } };
    expect(data!._entities).toEqual([null, found, null, null, found]);
  });

  test('return the current state in each request', async () => {
    const [changing] = [row({ email: 'before@example.com' })];
    await store(running.service.database, [changing]);
    await resolve(subscribersBy([changing.id]));
    await running.service.database.query('UPDATE subscribers SET email = $1 WHERE id = $2', [
      'after@x.yz',
      changing.id,
    ]);
    expect((await resolve(subscribersBy([changing.id]))).data!._entities).toMatchObject([
      { email: 'after@x.yz' },
    ]);
  });

  test.each([
    ['an anonymous client', ANONYMOUS, 'UNAUTHENTICATED'],
    ['a user without the scope', caller(ANN, ['users:read']), 'FORBIDDEN'],
  ])('reject %s', async (_, as, code) => {
    const representations = [...subscribersBy([rows[0]!.id]), { __typename: 'User', id: ANN }];
    for (const query of [ENTITIES, ADDED_SUBSCRIBERS]) {
      const { data, errors } = await running.service.request(query, { variables: { representations }, as });
      expect(data).toEqual({ _entities: [null, null] });
      expect(errors).toMatchObject([{ extensions: { code } }, { extensions: { code } }]);
    }
  });

  test('page through the subscribers that a user added, newest first', async () => {
    const expected = rows
      .filter(({ addedById }) => addedById === ANN)
      .map(({ email }) => email)
      .toReversed();
    const first = await added(ANN, { first: 30 });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(first.totalCount).toEqual({ value: 50 });
    const second = await added(ANN, { first: 30, after: first.pageInfo.endCursor });
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect([...first.nodes, ...second.nodes].map(({ email }) => email)).toEqual(expected);
  });

  test('filter the subscribers that a user added', async () => {
    expect((await added(ANN, { filter: { query: 'S42@' } })).nodes).toEqual([{ email: 's42@example.com' }]);
    expect((await added(ANN, { filter: { query: 's43@' } })).nodes).toEqual([]);
    expect((await added(ANN, { filter: { addedBy: [ANN, BOB] } })).totalCount).toEqual({ value: 50 });
    expect((await added(ANN, { filter: { addedBy: [BOB] } })).totalCount).toEqual({ value: 0 });
    expect((await added(newId())).nodes).toEqual([]);
    expect((await added('malformed')).nodes).toEqual([]);
  });

  test('reject a cursor from the list of another user', async () => {
    const { pageInfo } = await added(ANN, { first: 1 });
    const { errors } = await running.service.request(ADDED_SUBSCRIBERS, {
      variables: { representations: [{ __typename: 'User', id: BOB }], after: pageInfo.endCursor },
    });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
