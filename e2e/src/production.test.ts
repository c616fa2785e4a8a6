import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@supergraph/tools/repository';
import { buildSchema, OperationTypeNode } from 'graphql';
import { WebSocket } from 'ws';
import { generateOperations, type GeneratedOperation } from './harness/generated-operations.js';
import { post } from './harness/http.js';
import { execute, liveClient, watch } from './harness/live-client.js';
import { addSubscriber, logIn, newPerson, PASSWORD, type Person } from './harness/people.js';
import { preflight, rejectedUpgrade } from './harness/rejections.js';
import { runOver, type OperationRequest } from './harness/run-over.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';

/** The domain of every address but that of a new account. */
const HIDDEN = /hidden\.example/i;
const OWNER = { email: 'owner@hidden.example', password: 'walnut-otter-19' };
const GRACE = { email: 'grace@hidden.example', name: 'Grace of hidden.example' };
const NO_LIMIT = '1000000000';

let system: TestSystem;
let url: string;
let owner: { accessToken: string; userId: string };
beforeAll(async () => {
  system = await startOwnSystem({
    nodeEnv: 'production',
    env: {
      users: {
        OWNER_EMAIL: OWNER.email,
        OWNER_PASSWORD: OWNER.password,
        // RATE_LIMITED errors would hide the other responses.
        ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: NO_LIMIT,
        ATTEMPTS_PER_ACCOUNT: NO_LIMIT,
        ATTEMPTS_PER_ADDRESS: NO_LIMIT,
      },
    },
  });
  url = system.gatewayUrl;
  owner = await logIn(url, OWNER.email, OWNER.password);
});
afterAll(() => system?.stop());

/** Two headers that clients have to send are named after a framework. */
function expectNoFrameworkIn(text: string): void {
  const without = text.replaceAll(/x-apollo-operation-name|apollo-require-preflight/g, '');
  expect(without).not.toMatch(/apollo|graphql-?js|graphql-ws|fastify|FST_|nest|undici|express|node\.?js/i);
}

describe.each(Object.keys(runOver))('in production, over %s', (transport) => {
  const run = async (request: OperationRequest) =>
    JSON.stringify(await runOver[transport]!(url, request, owner.accessToken));
  // One check is in front of all transports, so HTTP POST has all cases and the others have two.
  const some = <T>(cases: T[]): T[] => (transport === 'HTTP POST' ? cases : cases.slice(0, 2));

  test.each(
    some([
      '{ __schema { types { name } } }',
      '{ harmless: __schema { a: types { b: name } } }',
      '{ __type(name: "User") { fields { name } } }',
      '{ ...F } fragment F on Query { x: __type(name: "User") { fields { name } } }',
      '{ ... on Query { ... { ...F } } } fragment F on Query { ...G } fragment G on Query { __schema { types { name } } }',
      '{ viewer { email } ... @include(if: true) { __schema { queryType { name } } } }',
      'query A { viewer { email } __schema { queryType { name } } }',
    ]),
  )('rejects introspection: %s', async (query) => {
    const text = await run({ query });
    expect(text).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(text).toContain('"Introspection is disabled on this server."');
    expectNoFrameworkIn(text);
    expect(text).not.toMatch(/"(name|b|a|fields|queryType)":/);
    expect(text).not.toContain('"data"');
  });

  test.each(
    some<[string, OperationRequest]>([
      ['a field', { query: '{ viewe { email } }' }],
      [
        'an enum value in a variable',
        {
          query: 'query ($f: SubscriberFilter) { subscribers(first: 1, filter: $f) { nodes { id } } }',
          variables: { f: { status: 'ACTIV' } },
        },
      ],
      ['a nested field', { query: '{ viewer { emai } }' }],
      ['an argument', { query: '{ subscribers(firs: 1) { nodes { id } } }' }],
      ['a type', { query: 'query ($f: SubscriberFilte) { subscribers(filter: $f) { nodes { id } } }' }],
      ['a literal', { query: '{ subscribers(first: 1, filter: { statu: ACTIVE }) { nodes { id } } }' }],
      ['an enum value', { query: '{ subscribers(first: 1, filter: { status: ACTIV }) { nodes { id } } }' }],
      [
        'a field in a variable',
        {
          query: 'query ($f: SubscriberFilter) { subscribers(first: 1, filter: $f) { nodes { id } } }',
          variables: { f: { statu: 'ACTIVE' } },
        },
      ],
    ]),
  )('gives no suggestion for a misspelt name: %s', async (_, request) => {
    const text = await run(request);
    expect(text).toMatch(/GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT|BAD_REQUEST/);
    expect(text).not.toMatch(/did you mean/i);
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };
const asJson = (body: object) => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
const NO_PREFLIGHT = { headers: { 'apollo-require-preflight': '1' } };

describe('in production, the response names no framework', () => {
  test.each<[string, string, RequestInit]>([
    ['a parsed document', '', asJson({ query: { kind: 'Document', definitions: [] } })],
    ['a query that is not a string', '', asJson({ query: 1 })],
    ['no query', '', asJson({ operationName: 'A' })],
    ['an empty body', '', asJson({})],
    ['a list', '', asJson([])],
    ['no body', '', { method: 'POST', headers: JSON_TYPE }],
    ['broken JSON', '', { method: 'POST', headers: JSON_TYPE, body: '{' }],
    ['variables as a string', '', asJson({ query: '{ __typename }', variables: '{}' })],
    ['extensions as a string', '', asJson({ query: '{ __typename }', extensions: '{}' })],
    ['an operation name that is not a string', '', asJson({ query: '{ __typename }', operationName: 1 })],
    ['an unknown operation', '', asJson({ query: '{ __typename }', operationName: 'B' })],
    ['a syntax error', '', asJson({ query: '{' })],
    ['a subscription without a stream', '', asJson({ query: 'subscription { subscriberAdded { cursor } }' })],
    ['@defer', '', asJson({ query: '{ ... @defer { viewer { email } } }' })],
    ['@stream', '', asJson({ query: '{ subscribers(first: 1) { nodes @stream { id } } }' })],
    ['an unknown hash', '', asJson({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } })],
    ['an unknown version', '', asJson({ extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } })],
    ['a form', '', { method: 'POST', body: new URLSearchParams({ query: '{ __typename }' }) }],
    ['plain text', '', { method: 'POST', body: '{ __typename }' }],
    ['a type that is not accepted', '?query={__typename}', { headers: { accept: 'image/png' } }],
    ['a page for a browser', '', { headers: { accept: 'text/html' } }],
    ['a GET without a header', '?query={__typename}', {}],
    ['a GET of nothing', '', NO_PREFLIGHT],
    ['a GET of a mutation', '?query=mutation{logout{revoked}}', NO_PREFLIGHT],
    ['a GET of two queries', '?query={__typename}&query={__typename}', NO_PREFLIGHT],
    ['a GET with broken variables', '?query={__typename}&variables={', NO_PREFLIGHT],
    ['OPTIONS', '', { method: 'OPTIONS', ...NO_PREFLIGHT }],
    ['HEAD', '', { method: 'HEAD' }],
    ['PUT', '', { method: 'PUT', body: '{}', headers: JSON_TYPE }],
    ['DELETE', '', { method: 'DELETE' }],
    ['an unknown path', '/nope', {}],
  ])('for %s', async (_, tail, init) => {
    const response = await fetch(url + tail, init);
    expect([200, 204].includes(response.status) || response.status >= 400).toBe(true);
    expectNoFrameworkIn(JSON.stringify([...response.headers]));
    expectNoFrameworkIn(await response.text());
  });

  test.each(['nonsense', '{}', '{"type":"subscribe"}', '{"type":"connection_init"}'.repeat(2)])(
    'for the message %j over WebSocket',
    async (message) => {
      const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
      socket.once('open', () => socket.send(message));
      const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
      expect(code).toBeGreaterThanOrEqual(4_400);
      expectNoFrameworkIn(reason.toString());
    },
  );
});

describe('in production', () => {
  test('serves no landing page and no development endpoint', async () => {
    const landing = await fetch(url, { headers: { accept: 'text/html' } });
    expect(landing.status).toBe(400);
    expect(landing.headers.get('content-type')).not.toContain('html');
    expect((await fetch(new URL('/live/upstreams', url))).status).toBe(404);
  });

  test('rejects a page of another origin without a hint', async () => {
    const message = 'This origin is not allowed.';
    const page = 'http://localhost:5173';
    for (const { status, body } of [await preflight(url, page), await rejectedUpgrade(url, page)]) {
      const errors = [{ message, extensions: { code: 'FORBIDDEN' } }];
      expect([status, JSON.parse(body)]).toEqual([403, { errors }]);
    }
  });

  test('sends the security headers with every response', async () => {
    for (const [address, init] of [
      [
        url,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"query":"{ __typename }"}',
        },
      ],
      [url, {}],
      [new URL('/nope', url).href, {}],
      [new URL('/health/live', url).href, {}],
      [url, { method: 'POST', body: '{' }],
      [
        url,
        {
          method: 'OPTIONS',
          headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' },
        },
      ],
    ] as const) {
      const { headers } = await fetch(address, init);
      expect([...headers]).toEqual(
        expect.arrayContaining([
          ['x-content-type-options', 'nosniff'],
          ['referrer-policy', 'no-referrer'],
          ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
        ]),
      );
    }
  });
});

describe('a new account in production', () => {
  let fresh: Person;
  let operations: GeneratedOperation[];

  test('cannot register by default', async () => {
    const { data, errors } = await register('ada@fresh.example', PASSWORD);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Registration is closed.', extensions: { code: 'FORBIDDEN' } }]);
  });

  describe('once registration is open', () => {
    beforeAll(async () => {
      await system.restart('users', { REGISTRATION: 'open' });
      const schema = buildSchema(readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8'));
      const { subscriber } = await addSubscriber(url, owner.accessToken, GRACE);
      await register(GRACE.email, 'hedgehog-lantern-71');
      fresh = await newPerson(url);
      const targets = [
        { email: OWNER.email, ID: owner.userId },
        { email: GRACE.email, ID: subscriber.id },
        { email: fresh.email, ID: fresh.userId },
      ];
      const passwords = { password: PASSWORD, currentPassword: PASSWORD, newPassword: PASSWORD };
      const known = { ...passwords, query: 'hidden', first: 2, String: 'x' };
      const generated = targets.flatMap((target) => generateOperations(schema, { ...known, ...target }));
      operations = [...new Map(generated.map((each) => [each.query, each])).values()];
    });

    test('has no roles and no scopes', async () => {
      const query = '{ viewer { email scopes user { displayName email roles } } }';
      const { data } = await post(url, query, { token: fresh.accessToken });
      expect(data.viewer).toEqual({
        email: fresh.email,
        scopes: [],
        user: { displayName: fresh.displayName, email: null, roles: null },
      });
    });

    test('could read addresses by these operations as the owner', async () => {
      const seen = new Set<string>();
      for (const { kind, field, query } of operations) {
        if (kind !== OperationTypeNode.QUERY) continue;
        const { text, errors } = await post(url, query, { token: owner.accessToken });
        expect({ query, errors }).toEqual({ query, errors: undefined });
        if (HIDDEN.test(text)) seen.add(field);
      }
      const fields = ['subscriber', 'subscriberByEmail', 'subscribers', 'user', 'users', 'viewer'];
      expect([...seen].sort()).toEqual(fields);
    });

    test.each(['HTTP', 'WebSocket'])('reads no address but its own over %s', async (transport) => {
      let token = fresh.accessToken;
      const seen: string[] = [];
      for (const { kind, field, query } of operations) {
        // Some mutations revoke the session, and an anonymous caller would prove nothing.
        const { data } = await post(url, '{ viewer { email } }', { token });
        if (!data?.viewer) token = (await logIn(url, fresh.email)).accessToken;
        const text = await (transport === 'HTTP' ? byHttp(query, token, kind) : bySocket(query, token, kind));
        if (HIDDEN.test(text)) seen.push(`${field}: ${text}`);
        if (kind === OperationTypeNode.SUBSCRIPTION) expect(text).toContain('FORBIDDEN');
        expect(text).not.toMatch(/GRAPHQL_VALIDATION_FAILED|RATE_LIMITED|INTERNAL_SERVER_ERROR|UNAVAILABLE/);
      }
      expect(seen).toEqual([]);
    });
  });

  const register = (email: string, password: string) =>
    post(url, 'mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', {
      variables: { input: { email, password, displayName: 'Ada' } },
    });

  const byHttp = async (query: string, token: string, kind: OperationTypeNode) => {
    const accept = kind === OperationTypeNode.SUBSCRIPTION ? 'text/event-stream' : 'application/json';
    return (await post(url, query, { token, headers: { accept } })).text;
  };

  const bySocket = async (query: string, token: string, kind: OperationTypeNode) => {
    const client = liveClient(url, token);
    try {
      if (kind !== OperationTypeNode.SUBSCRIPTION) return JSON.stringify(await execute(client, query));
      const watching = watch(client, query);
      return JSON.stringify([await watching.waitForEnd(), watching.events]);
    } catch (error) {
      return JSON.stringify(error);
    } finally {
      await client.dispose();
    }
  };
});
