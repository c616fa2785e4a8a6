import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { searchText } from '@kit/database';
import type { KeysetPage } from '@kit/subgraph';
import { v7 } from 'uuid';
import { UserEntity } from '../accounts/user.entity.js';
import type { Role } from '../roles.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

type Page = KeysetPage<{ readonly id: string; readonly displayName: string }>;

const USERS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {
  users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { id displayName }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const READER = { viewer: null, scopes: new Set(['users:read']) };
const START = Date.UTC(2026, 0, 1);

describe('users', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  const people: UserEntity[] = [];
  const person = (name: string, email: string, roles: Role[]): UserEntity => {
    // Four users share each millisecond.
    const createdAt = new Date(START + Math.floor(people.length / 4));
    return {
      id: v7({ msecs: createdAt.getTime(), seq: people.length }),
      email,
      emailNormalized: email.toLowerCase(),
      displayName: name,
      passwordHash: 'none',
      roles,
      createdAt,
      emailVerifiedAt: null,
      searchText: searchText(email, name),
    };
  };
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    for (let number = 0; number < 60; number += 1) {
      people.push(
        person(
          `Number ${number}`,
          `n${number}@example.com`,
          number % 3 === 0 ? ['ADMIN', 'READER'] : ['EDITOR'],
        ),
      );
    }
    people.push(person('100 % Ünder_score \\ o’Neil', 'Straße@example.org', ['OWNER']));
    await users.database.getRepository(UserEntity).insert(people);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const ask = (variables: object, as = READER) => users.ask<{ users: Page | null }>(USERS, { as, variables });
  const page = async (variables: object): Promise<Page> => {
    const { data, errors } = await ask(variables);
    expect(errors).toBeUndefined();
    return data!.users!;
  };
  const newestFirst = (pass: (user: UserEntity) => boolean) =>
    people
      .filter(pass)
      .map(({ id }) => id)
      .toReversed();
  const isAdmin = ({ roles }: UserEntity) => roles.includes('ADMIN');

  describe.each([
    [undefined, () => true],
    [{ role: 'ADMIN' }, isAdmin],
    [{ query: 'NUMBER', role: 'ADMIN' }, isAdmin],
  ])('with the filter %j', (filter, pass) => {
    test.each([7, 100])(
      'lists all users forwards, %i at a time, without gaps or duplicates',
      async (first) => {
        const all = newestFirst(pass);
        const seen: string[] = [];
        let after: string | null = null;
        while (seen.length < all.length) {
          const { nodes, edges, pageInfo } = await page({ first, after, filter });
          expect(pageInfo.hasPreviousPage).toBe(seen.length > 0);
          seen.push(...nodes.map(({ id }) => id));
          expect(pageInfo.hasNextPage).toBe(seen.length < all.length);
          expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
          expect([edges[0]!.cursor, edges.at(-1)!.cursor]).toEqual([
            pageInfo.startCursor,
            pageInfo.endCursor,
          ]);
          after = pageInfo.endCursor;
        }
        expect(seen).toEqual(all);
      },
    );

    test.each([7, 100])(
      'lists all users backwards, %i at a time, without gaps or duplicates',
      async (last) => {
        const all = newestFirst(pass);
        const seen: string[] = [];
        let before: string | null = null;
        while (seen.length < all.length) {
          const { nodes, pageInfo } = await page({ last, before, filter });
          expect(pageInfo.hasNextPage).toBe(seen.length > 0);
          seen.unshift(...nodes.map(({ id }) => id));
          expect(pageInfo.hasPreviousPage).toBe(seen.length < all.length);
          before = pageInfo.startCursor;
        }
        expect(seen).toEqual(all);
      },
    );
  });

  test('returns twenty users by default', async () => {
    expect((await page({})).nodes.map(({ id }) => id)).toEqual(newestFirst(() => true).slice(0, 20));
  });

  test.each([
    ['STRASSE@', 1],
    ['üNDER_', 1],
    ['u\u0308nder', 1],
    ['100 %', 1],
    ['%', 1],
    ['_', 1],
    ['\\', 1],
    ['o’neil', 1],
    ["' OR true --", 0],
    ['n5', 11],
    ['@example.com', 60],
    ['', 61],
  ])('finds %j in addresses and names, ignoring case and without wildcards', async (query, found) => {
    expect((await page({ first: 100, filter: { query } })).nodes).toHaveLength(found);
  });

  test('filters by a role among others', async () => {
    const count = async (filter: object) => (await page({ first: 100, filter })).nodes.length;
    expect(await count({ role: 'READER' })).toBe(20);
    expect(await count({ role: 'OWNER' })).toBe(1);
    expect(await count({ role: 'OWNER', query: 'Number' })).toBe(0);
    expect(await count({ role: null, query: null })).toBe(61);
  });

  test.each([
    ['a page of 0 users', { first: 0 }],
    ['a page that is too large', { last: 101 }],
    ['first and last together', { first: 1, last: 1 }],
    ['a query that is too long', { filter: { query: 'x'.repeat(255) } }],
    ['NUL in a query', { filter: { query: 'a\0b' } }],
    ['an unpaired surrogate in a query', { filter: { query: '\ud800' } }],
    ['a forged cursor', { after: 'forged' }],
    ['an id as a cursor', { before: v7() }],
    ['an empty cursor', { after: '' }],
  ])('rejects %s', async (_, variables) => {
    const { data, errors } = await ask(variables);
    expect(data).toEqual({ users: null });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('rejects a cursor of another filter, and accepts one of the same filter in another spelling', async () => {
    const { pageInfo } = await page({ first: 1, filter: { query: 'Number' } });
    const after = pageInfo.endCursor;
    for (const filter of [undefined, { query: 'Numbe' }, { query: 'Number', role: 'ADMIN' }]) {
      const { errors } = await ask({ first: 1, after, filter });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect((await page({ first: 1, after, filter: { query: 'nUMBER', role: null } })).nodes).toHaveLength(1);
  });

  test('requires the scope users:read', async () => {
    for (const [scopes, code] of [
      [[], 'UNAUTHENTICATED'],
      [['subscribers:read'], 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await ask({}, { viewer: null, scopes: new Set(scopes) });
      expect(data).toEqual({ users: null });
      expect(errors).toMatchObject([{ extensions: { code } }]);
    }
  });
});
