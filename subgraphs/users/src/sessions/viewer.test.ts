import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthContext } from '@kit/auth';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, logIn, register, refresh } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

describe('the viewer', () => {
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
  const viewer = (as?: AuthContext) =>
    users.ask(
      `{ viewer {
        user { id displayName email roles createdAt } email scopes
        currentSession { id createdAt lastUsedAt expiresAt current }
      } }`,
      { ...(as && { as }) },
    );

  test('is the user that makes the request, with the current session', async () => {
    await logIn(users, ADA);
    const { auth, tokens } = await logIn(users, ADA);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await viewer(auth)).toEqual({
      status: 200,
      data: {
        viewer: {
          user: {
            id: auth.viewer.userId,
            displayName: ADA.displayName,
            email: ADA.email,
            roles: ['EDITOR'],
            createdAt: time,
          },
          email: ADA.email,
          scopes: ['users:read', 'subscribers:read', 'subscribers:write'],
          currentSession: {
            id: auth.viewer.sessionId,
            createdAt: time,
            lastUsedAt: time,
            expiresAt: tokens.refreshExpiresAt,
            current: true,
          },
        },
      },
    });
  });

  test('has the scopes of the request, not those of the roles', async () => {
    const { auth } = await logIn(users, ADA);
    const { data } = await viewer({ ...auth, scopes: new Set(['subscribers:read']) });
    expect(data).toMatchObject({ viewer: { scopes: ['subscribers:read'], user: { email: null } } });
  });

  test('may have no roles and no scopes', async () => {
    const { auth } = await join(users, { ...BOB, email: 'no-roles@example.com' });
    await users.database.query(`UPDATE users SET roles = '{}' WHERE id = $1`, [auth.viewer.userId]);
    const again = await logIn(users, { ...BOB, email: 'no-roles@example.com' });
    expect(again.auth.scopes).toEqual(new Set());
    expect(await viewer(again.auth)).toMatchObject({
      data: {
        viewer: { email: 'no-roles@example.com', scopes: [], user: { email: null, roles: null } },
      },
    });
  });

  test('is null for anonymous clients and shared rooms', async () => {
    expect(await viewer()).toEqual({ status: 200, data: { viewer: null } });
    const room = { viewer: null, scopes: new Set(['users:read']) };
    expect(await viewer(room)).toEqual({ status: 200, data: { viewer: null } });
  });

  test.each([
    ['has expired', "created_at = now() - interval '31 days', expires_at = now()"],
    ['was revoked', 'ended_at = now()'],
  ])('is null once the session %s', async (_, change) => {
    const { auth } = await logIn(users, ADA);
    await users.database.query(`UPDATE sessions SET ${change} WHERE id = $1`, [auth.viewer.sessionId]);
    expect(await viewer(auth)).toEqual({ status: 200, data: { viewer: null } });
  });

  test('is null if the session belongs to another user', async () => {
    const [ada, bob] = [await logIn(users, ADA), await join(users, BOB)];
    const mixed = { userId: ada.auth.viewer.userId, sessionId: bob.auth.viewer.sessionId };
    expect(await viewer({ viewer: mixed, scopes: new Set() })).toEqual({
      status: 200,
      data: { viewer: null },
    });
  });

  test('is null once the account is deleted', async () => {
    const { auth } = await join(users, { ...BOB, email: 'gone@example.com' });
    await users.database.query('DELETE FROM users WHERE id = $1', [auth.viewer.userId]);
    expect(await viewer(auth)).toEqual({ status: 200, data: { viewer: null } });
  });
});

interface Sessions {
  nodes: { id: string; current: boolean; userAgent: string | null; ip: string | null }[];
  edges: { node: { id: string }; cursor: string }[];
  pageInfo: object;
}

describe('the sessions of the viewer', () => {
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
  const list = (as: AuthContext, page: { first?: number; after?: string | null } = {}) =>
    users.ask<{ viewer: { sessions: Sessions } }>(
      `query ($first: Int, $after: String) { viewer { sessions(first: $first, after: $after) {
        nodes { id current userAgent ip } edges { node { id } cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } } }`,
      { as, variables: page },
    );
  const sessions = async (as: AuthContext, page?: Parameters<typeof list>[1]) =>
    (await list(as, page)).data!.viewer.sessions;
  const newcomer = (name: string) => join(users, { ...BOB, email: `${name}@example.com` });

  test('are the active ones, latest login first, with the current one marked', async () => {
    const person = { ...BOB, email: 'several@example.com' };
    const first = await join(users, person);
    const ids = [first.auth.viewer.sessionId];
    for (let more = 0; more < 3; more++) ids.unshift((await logIn(users, person)).auth.viewer.sessionId);
    await newcomer('another-user');
    const [ended, expired] = [await logIn(users, person), await logIn(users, person)];
    await users.database.query('UPDATE sessions SET ended_at = now() WHERE id = $1', [
      ended.auth.viewer.sessionId,
    ]);
    await users.database.query(
      "UPDATE sessions SET created_at = now() - interval '31 days', expires_at = now() WHERE id = $1",
      [expired.auth.viewer.sessionId],
    );
    const { nodes } = await sessions(first.auth);
    expect(nodes.map(({ id }) => id)).toEqual(ids);
    expect(nodes.filter(({ current }) => current).map(({ id }) => id)).toEqual([ids.at(-1)]);
  });

  test('are paged, and a session that is used meanwhile keeps its position', async () => {
    const person = { ...BOB, email: 'pages@example.com' };
    const { auth, tokens } = await join(users, person);
    for (let more = 0; more < 4; more++) await logIn(users, person);
    const all = (await sessions(auth)).edges;
    const one = await sessions(auth, { first: 2 });
    await refresh(users, tokens.refreshToken);
    const two = await sessions(auth, { first: 2, after: all[1]!.cursor });
    const three = await sessions(auth, { first: 2, after: all[3]!.cursor });
    expect([...one.edges, ...two.edges, ...three.edges]).toEqual(all);
    const info = (from: number, to: number, hasPreviousPage: boolean, hasNextPage: boolean) => ({
      hasNextPage,
      hasPreviousPage,
      startCursor: all[from]!.cursor,
      endCursor: all[to]!.cursor,
    });
    expect([one, two, three].map(({ pageInfo }) => pageInfo)).toEqual([
      info(0, 1, false, true),
      info(2, 3, true, true),
      info(4, 4, true, false),
    ]);
  });

  test('have the user agent and the address of their last use', async () => {
    const { auth, tokens } = await newcomer('traveller');
    expect((await sessions(auth)).nodes).toMatchObject([{ userAgent: null, ip: null }]);
    await refresh(users, tokens.refreshToken, { ip: '2001:db8::7', userAgent: 'a browser' });
    expect((await sessions(auth)).nodes).toMatchObject([{ userAgent: 'a browser', ip: '2001:db8::7' }]);
  });

  test('are returned by login, with the origin of the login', async () => {
    const origin = { ip: '192.0.2.1', userAgent: 'a telephone' };
    const { data } = await users.ask(
      `mutation ($input: LoginInput!) { login(input: $input) {
        viewer { sessions(first: 1) { nodes { current userAgent ip } } currentSession { userAgent ip } }
      } }`,
      {
        variables: { input: { email: ADA.email, password: ADA.password } },
        as: { viewer: null, scopes: new Set(), origin },
      },
    );
    expect(data).toEqual({
      login: {
        viewer: { sessions: { nodes: [{ current: true, ...origin }] }, currentSession: origin },
      },
    });
  });

  test('reject a cursor of another user, a forged cursor and invalid page sizes', async () => {
    const [ada, bob] = [await logIn(users, ADA), await newcomer('bob-elsewhere')];
    const cursor = (await sessions(ada.auth)).edges[0]!.cursor;
    for (const page of [{ after: cursor }, { after: 'guess' }, { first: 101 }, { first: 0 }]) {
      const { errors } = await list(bob.auth, page);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });
});
