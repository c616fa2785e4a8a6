import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { StartUpError } from '@kit/service';
import { buildSchema } from 'graphql';
import { pino } from 'pino';
import { SubgraphUnavailable } from '../request/gateway-errors.js';
import type { SubgraphOptions } from './subgraph-options.js';
import { Subgraph } from './subgraph.js';
import { requestFor } from './testing/request-for.js';

const TIMEOUTS = { requestMs: 2_000, operationMs: 2_000, streamIdleMs: 60_000 };
const GOOD = '{"data":{"viewer":{"id":"1"}}}';
const RESPONSE_JSON = 'application/graphql-response+json';
const schema = buildSchema('type Query { viewer: Viewer } type Viewer { id: ID! }');
const logger = pino({ level: 'silent' });

let server: Server;
let origin: string;
let requests: IncomingMessage[];
let reply: readonly [status: number, contentType: string, body: string];
let opened: Subgraph[];
beforeEach(async () => {
  [requests, opened] = [[], []];
  reply = [200, 'application/json', GOOD];
  server = createServer((request, response) => {
    requests.push(request);
    const [status, type, body] = reply;
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await Promise.all(opened.map((subgraph) => subgraph.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(options: Partial<SubgraphOptions> = {}): Subgraph {
  const subgraph = new Subgraph(
    'foreign',
    { url: `${origin}/api/v2/graphql?tenant=a`, ...options },
    TIMEOUTS,
    logger,
  );
  opened.push(subgraph);
  return subgraph;
}

const fetch = (subgraph: Subgraph) =>
  subgraph.dataSource.send(requestFor('{ viewer { id } }', schema, { identity: ANONYMOUS, requestId: 'r' }));

describe('a subgraph that verifies no token', () => {
  test('is called at its path and query string, without a token', async () => {
    expect(await fetch(open())).toEqual(JSON.parse(GOOD));
    expect(requests[0]!.url).toBe('/api/v2/graphql?tenant=a');
    expect(requests[0]!.headers).not.toHaveProperty('txn-token');
  });

  test.each([200, 203])('may respond with its own media type and status %i', async (status) => {
    reply = [status, RESPONSE_JSON, GOOD];
    expect(await fetch(open())).toEqual(JSON.parse(GOOD));
  });

  test('may return errors with status 200', async () => {
    const errors = [{ message: 'no', extensions: { code: 'NOT_FOUND' } }];
    reply = [200, 'application/json', JSON.stringify({ data: { viewer: null }, errors })];
    expect(await fetch(open())).toEqual({ data: { viewer: null }, errors });
  });

  test.each([200, 400])(
    'cannot choose the status or headers of the response, with status %i',
    async (status) => {
      const error = { message: 'no', path: ['viewer'] };
      const http = { status: 302, headers: { location: 'https://example.com' } };
      const errors = [{ ...error, extensions: { code: 'NOT_FOUND', http } }];
      reply = [status, RESPONSE_JSON, JSON.stringify({ data: null, errors })];
      expect((await fetch(open())).errors).toEqual([{ ...error, extensions: { code: 'NOT_FOUND' } }]);
    },
  );

  test.each([400, 401, 403, 422])(
    'may reject a request with status %i and GraphQL errors',
    async (status) => {
      const errors = [{ message: 'no', extensions: { code: 'FORBIDDEN' } }];
      reply = [status, RESPONSE_JSON, JSON.stringify({ errors })];
      expect(await fetch(open())).toEqual({ data: null, errors });
    },
  );

  test.each([
    ['status 401 without GraphQL errors', [401, 'text/plain', 'no'] as const],
    ['status 404', [404, 'application/json', '{"errors":[{"message":"no such path"}]}'] as const],
    ['status 500', [500, RESPONSE_JSON, '{"errors":[{"message":"no"}]}'] as const],
  ])('is unavailable after %s', async (_, faulty) => {
    reply = faulty;
    await expect(fetch(open())).rejects.toMatchObject({ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } });
  });

  test('never opens the circuit breaker when it rejects a body as too large', async () => {
    reply = [413, 'text/html', '<html>'];
    const subgraph = open();
    for (let n = 0; n < 60; n += 1) await expect(fetch(subgraph)).rejects.toThrow(SubgraphUnavailable);
    reply = [200, 'application/json', GOOD];
    expect(await fetch(subgraph)).toEqual(JSON.parse(GOOD));
  });
});

describe('the readiness of a subgraph', () => {
  test('is not checked without an address for it', async () => {
    const subgraph = open();
    expect(subgraph.hasReadyCheck).toBe(false);
    await subgraph.checkReady();
    expect(requests).toEqual([]);
  });

  test('is that of its address, and that it accepts a query', async () => {
    const subgraph = open({ readyUrl: `${origin}/up?deep=1` });
    await subgraph.checkReady();
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /up?deep=1',
      'POST /api/v2/graphql?tenant=a',
    ]);
    reply = [503, 'text/plain', 'starting'];
    await expect(subgraph.checkReady()).rejects.toThrow('status 503');
  });

  test('closes the circuit breaker', async () => {
    reply = [500, 'application/json', '{}'];
    const subgraph = open({ readyUrl: `${origin}/up` });
    for (let n = 0; n < 30; n += 1) await expect(fetch(subgraph)).rejects.toThrow(SubgraphUnavailable);
    reply = [200, 'application/json', GOOD];
    await expect(fetch(subgraph)).rejects.toThrow(SubgraphUnavailable);
    await subgraph.checkReady();
    expect(await fetch(subgraph)).toEqual(JSON.parse(GOOD));
  });
});

describe('the options of a subgraph', () => {
  test.each<[string, Partial<SubgraphOptions>]>([
    ['an address that is not a URL', { url: '127.0.0.1:4001' }],
    ['an address of another protocol', { url: 'ftp://127.0.0.1/graphql' }],
    ['an address with a password', { url: 'http://a:b@127.0.0.1/graphql' }],
    ['an invalid address of its readiness', { readyUrl: '/health' }],
    ['an invalid address of its subscriptions', { subscriptionsUrl: 'localhost' }],
    ['an unknown protocol', { subscriptions: 'toString' as 'sse' }],
  ])('are rejected with %s, in words that name the subgraph', (_, options) => {
    expect(() => open(options)).toThrow(StartUpError);
    expect(() => open(options)).toThrow(/subgraph foreign/);
  });

  test('accept the address of a WebSocket for subscriptions', () => {
    expect(() => open({ subscriptionsUrl: 'wss://live.example.com/socket' })).not.toThrow();
  });
});
