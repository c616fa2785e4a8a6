import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { System } from '@supergraph/tools/system';
import { WebSocket } from 'ws';
import { newPerson, type Person } from './harness/people.js';
import { preflight, rejectedUpgrade } from './harness/rejections.js';
import { runOver, type OperationRequest } from './harness/run-over.js';
import { startOwnSystem } from './harness/test-system.js';

let system: System;
let url: string;
let ada: Person;
beforeAll(async () => {
  system = await startOwnSystem({
    nodeEnv: 'production',
    env: { users: { REGISTRATION: 'open', DEFAULT_ROLE: 'EDITOR' } },
  });
  url = system.gatewayUrl;
  ada = await newPerson(url);
});
afterAll(() => system?.stop());

/** Two headers that clients have to send are named after a framework. */
function expectNoFrameworkIn(text: string): void {
  const without = text.replaceAll(/x-apollo-operation-name|apollo-require-preflight/g, '');
  expect(without).not.toMatch(/apollo|graphql-?js|graphql-ws|fastify|FST_|nest|undici|express|node\.?js/i);
}

describe.each(Object.keys(runOver))('in production, over %s', (transport) => {
  const run = async (request: OperationRequest) =>
    JSON.stringify(await runOver[transport]!(url, request, ada.accessToken));
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
