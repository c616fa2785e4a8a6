import { newId } from '@kit/database';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, type LoggedIn } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { id displayName } }
}`;

describe('users', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let ada: LoggedIn;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    ada = await join(users, ADA);
    await join(users, BOB);
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const room = (...scopes: string[]) => ({ viewer: null, scopes: new Set(scopes) });
  const references = (ids: string[]) => ({ representations: ids.map((id) => ({ __typename: 'User', id })) });
  const codes = (response: { errors?: { extensions: { code: string } }[] }) =>
    response.errors?.map(({ extensions }) => extensions.code);

  describe('by id', () => {
    const ask = (id: string, as = room('users:read')) =>
      users.ask('query ($id: ID!) { user(id: $id) { id displayName email roles } }', {
        as,
        variables: { id },
      });

    test('are returned with the scope users:read', async () => {
      const id = ada.auth.viewer.userId;
      const found = { id, displayName: ADA.displayName, email: ADA.email, roles: ['EDITOR'] };
      expect(await ask(id)).toEqual({ status: 200, data: { user: found } });
      expect(await ask(id.toUpperCase())).toEqual({ status: 200, data: { user: found } });
    });

    test.each([newId(), 'ada', '', "' OR true --", '\u0000', '1', `{${newId()}}`])(
      'are null for %j, which is not the id of a user',
      async (id) => {
        expect(await ask(id)).toEqual({ status: 200, data: { user: null } });
      },
    );

    test('are denied to anonymous clients and without the scope users:read', async () => {
      const id = ada.auth.viewer.userId;
      expect(codes(await ask(id, room()))).toEqual(['UNAUTHENTICATED']);
      expect(codes(await ask(id, room('subscribers:read')))).toEqual(['FORBIDDEN']);
    });
  });

  describe('as entities', () => {
    test('are resolved for logged-in callers, in the requested order, with null for unknown ids', async () => {
      const ids = [newId(), ada.auth.viewer.userId, 'ada', ada.auth.viewer.userId];
      const { data, errors } = await users.ask(ENTITIES, {
        as: room('subscribers:read'),
        variables: references(ids),
      });
      const found = { id: ada.auth.viewer.userId, displayName: ADA.displayName };
      expect(errors).toBeUndefined();
      expect(data).toEqual({ _entities: [null, found, null, found] });
    });

    test('are denied to anonymous clients', async () => {
      const response = await users.ask(ENTITIES, { variables: references([ada.auth.viewer.userId]) });
      expect(response.data).toEqual({ _entities: [null] });
      expect(codes(response)).toEqual(['UNAUTHENTICATED']);
    });

    test('hide address and roles without the scope users:read', async () => {
      const response = await users.ask(ENTITIES.replace('displayName', 'displayName email roles'), {
        as: room('subscribers:read'),
        variables: references([ada.auth.viewer.userId]),
      });
      const rest = { id: ada.auth.viewer.userId, displayName: ADA.displayName };
      expect(response.data).toEqual({ _entities: [{ ...rest, email: null, roles: null }] });
      expect(codes(response)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    });

    test('take one query for a hundred, and are loaded again by the next request', async () => {
      const stored = await users.database.query<{ id: string }[]>('SELECT id FROM users ORDER BY id');
      const ids = Array.from({ length: 100 }, (_, index) => stored[index]?.id ?? newId());
      const queries: string[] = [];
      const recorder = { beforeQuery: ({ query }: { query: string }) => void queries.push(query) };
      users.database.subscribers.push(recorder);
      const page = () =>
        users.ask<{ _entities: ({ displayName: string } | null)[] }>(ENTITIES, {
          as: ada.auth,
          variables: references(ids),
        });
      const first = await page();
      expect(queries).toEqual([expect.stringContaining('FROM "users"')]);
      await users.database.query('UPDATE users SET display_name = $1 WHERE id = $2', ['Robert', ids[1]]);
      const second = await page();
      users.database.subscribers.splice(users.database.subscribers.indexOf(recorder), 1);
      expect(first.data!._entities.filter(Boolean)).toHaveLength(2);
      expect(first.data!._entities[1]!.displayName).toBe(BOB.displayName);
      expect(second.data!._entities[1]!.displayName).toBe('Robert');
    });
  });
});
