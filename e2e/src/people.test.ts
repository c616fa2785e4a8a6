import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { post } from './harness/http.js';
import { freshEmail, logIn, newPerson, OWNER, PASSWORD, type Person } from './harness/people.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';

describe('users', () => {
  /** The shared database has users of other test files. */
  const family = randomUUID();
  let system: TestSystem;
  let url: string;
  let bob: Person;
  let ada: Person;
  let owner: { accessToken: string; userId: string };
  beforeAll(async () => {
    system = await startTestSystem({ env: { users: { DEFAULT_ROLE: 'READER' } } });
    url = system.gatewayUrl;
    bob = await newPerson(url, family);
    ada = await newPerson(url, family);
    owner = await logIn(url, OWNER.email, OWNER.password);
  });
  afterAll(() => system?.stop());

  const setRoles = (token: string, userId: string, roles: string[]) =>
    post(
      url,
      `mutation ($input: SetUserRolesInput!) {
        setUserRoles(input: $input) { user { roles } userErrors { code field } }
      }`,
      { token, variables: { input: { userId, roles } } },
    );
  const scopesOf = async (token: string) =>
    (await post(url, '{ viewer { scopes } }', { token })).data.viewer.scopes as string[];

  test('get roles from the first owner, in their next access token', async () => {
    const { data } = await setRoles(owner.accessToken, ada.userId, ['READER', 'ADMIN']);
    expect(data.setUserRoles).toEqual({ user: { roles: ['ADMIN', 'READER'] }, userErrors: [] });
    expect(await scopesOf(ada.accessToken)).not.toContain('subscribers:write');
    const refreshed = await post(
      url,
      `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { tokens { accessToken } } }`,
      { variables: { input: { refreshToken: ada.refreshToken } } },
    );
    const { accessToken } = refreshed.data.refreshSession.tokens as { accessToken: string };
    expect(await scopesOf(accessToken)).toContain('subscribers:write');
    expect(await scopesOf(accessToken)).not.toContain('users:admin');
  });

  test('cannot give themselves a role', async () => {
    const { data, errors } = await setRoles(ada.accessToken, ada.userId, ['OWNER']);
    expect(data).toEqual({ setUserRoles: null });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', missingScopes: [['users:admin']] } }]);
  });

  test('always have an owner', async () => {
    const { data } = await setRoles(owner.accessToken, owner.userId, ['READER']);
    expect(data.setUserRoles).toEqual({
      user: null,
      userErrors: [{ code: 'LAST_OWNER', field: ['input', 'roles'] }],
    });
  });

  test('are listed by page and found by a filter', async () => {
    const users = (args: string) =>
      post(url, `{ users(${args}) { nodes { id email roles } pageInfo { hasNextPage endCursor } } }`, {
        token: owner.accessToken,
      });
    const filter = `filter: { query: "${family}" }`;
    const first = (await users(`first: 1, ${filter}`)).data.users;
    expect(first).toMatchObject({ nodes: [{ email: ada.email }], pageInfo: { hasNextPage: true } });
    const next = (await users(`first: 1, ${filter}, after: "${first.pageInfo.endCursor}"`)).data.users;
    expect(next).toMatchObject({ nodes: [{ email: bob.email }], pageInfo: { hasNextPage: false } });
    const found = (await users('filter: { query: "OWNER@", role: OWNER }')).data.users;
    expect(found.nodes).toEqual([{ id: owner.userId, email: OWNER.email, roles: ['OWNER'] }]);
  });

  test('are limited by the cost of their lists', async () => {
    const aliases = Array.from({ length: 60 }, (_, at) => `a${at}: users(first: 100) { nodes { id } }`);
    const { errors } = await post(url, `{ ${aliases.join(' ')} }`, { token: owner.accessToken });
    expect(errors).toMatchObject([{ extensions: { limit: expect.anything(), value: expect.anything() } }]);
  });
});

test('rejects a registration while registration is closed', async () => {
  const system = await startTestSystem({ env: { users: { REGISTRATION: 'closed' } } });
  try {
    const { data, errors } = await post(
      system.gatewayUrl,
      'mutation ($input: RegisterInput!) { register(input: $input) { accepted } }',
      { variables: { input: { email: freshEmail(), password: PASSWORD, displayName: 'Ada' } } },
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Registration is closed.', extensions: { code: 'FORBIDDEN' } }]);
  } finally {
    await system.stop();
  }
});
