import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, join, register } from './testing/people.js';
import { gatewayHeaders, runUsers, type RunningUsers } from './testing/running-users.js';

const HOUR = 3_600_000;
const PREVIOUS_SECRET = 'the secret that the gateway had before';

describe('the users subgraph', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, { TXN_TOKEN_SECRET_PREVIOUS: PREVIOUS_SECRET });
  });
  afterAll(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const headersOf = (when: number) => {
    jest.spyOn(Date, 'now').mockReturnValue(when);
    const headers = gatewayHeaders();
    jest.restoreAllMocks();
    return headers;
  };
  const mutation = `mutation { register(input: {
    email: "intruder@example.com", password: "let me in please", displayName: "Intruder"
  }) { accepted } }`;

  test.each([
    ['carries no token', () => ({})],
    ['carries an empty token', () => ({ 'txn-token': '' })],
    ['carries something else', () => ({ 'txn-token': 'trust me' })],
    ['was signed for another subgraph', () => gatewayHeaders(undefined, 'email-subscriptions')],
    ['was signed with another secret', () => gatewayHeaders(undefined, 'users', 'x'.repeat(32))],
    ['was signed an hour ago', () => headersOf(Date.now() - HOUR)],
  ])('rejects a request that %s before any GraphQL runs', async (_, headers) => {
    expect(await users.ask(mutation, { headers: headers() })).toEqual({
      status: 401,
      errors: [{ message: expect.any(String), extensions: { code: 'UNTRUSTED_CALLER' } }],
    });
    expect(await users.database.query("SELECT FROM users WHERE email_normalized LIKE 'intruder%'")).toEqual(
      [],
    );
  });

  test('rejects a request without a token at every spelling of the path', async () => {
    for (const address of ['/graphql?query={viewer{email}}', '/%67raphql', '/graphql?']) {
      const response = await fetch(`${users.origin}${address}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: mutation }),
      });
      expect(response.status).toBe(401);
    }
  });

  test('accepts a token that was signed with the previous secret', async () => {
    const headers = gatewayHeaders(undefined, 'users', PREVIOUS_SECRET);
    expect(await users.ask('{ viewer { email } }', { headers })).toEqual({
      status: 200,
      data: { viewer: null },
    });
  });

  test('takes the identity only from the token of the gateway, not from an access token', async () => {
    const { tokens } = await join(users, ADA);
    const headers = { ...gatewayHeaders(), authorization: `Bearer ${tokens.accessToken}` };
    expect(await users.ask('{ viewer { email } }', { headers })).toEqual({
      status: 200,
      data: { viewer: null },
    });
  });

  test('denies entities and mutations to anonymous clients by default', async () => {
    const entity = '{ _entities(representations: [{ __typename: "User", id: "ada" }]) { __typename } }';
    for (const query of [entity, 'mutation { logout { revoked } }']) {
      const { errors } = await users.ask(query);
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
  });

  test('lets anonymous clients register, log in and refresh', async () => {
    expect((await register(users, { ...ADA, email: 'anonymous@example.com' })).errors).toBeUndefined();
    const { errors } = await users.ask(`mutation {
      login(input: { email: "", password: "" }) { userErrors { code } }
      refreshSession(input: { refreshToken: "" }) { userErrors { code } }
    }`);
    expect(errors).toBeUndefined();
  });
});
