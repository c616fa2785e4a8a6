import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServiceName } from '@supergraph/tools/system';
import { eventually } from './harness/eventually.js';
import { newPerson, type Person } from './harness/people.js';
import { errorsOf, rawRequest, sendRaw, type RawResponse } from './harness/raw-http.js';
import { startTestSystem, type TestSystem } from './harness/test-system.js';
import { txnToken } from './harness/txn-token.js';

let system: TestSystem;
let ada: Person;
beforeAll(async () => {
  system = await startTestSystem();
  ada = await newPerson(system.gatewayUrl, 'Ada');
});
afterAll(() => system?.stop());

const HOST = 'host: x';
const JSON_TYPE = 'content-type: application/json';
const VIEWER = JSON.stringify({ query: '{ viewer { email } }' });
const TYPENAME = JSON.stringify({ query: '{ __typename }' });

/** Expects the JSON form of errors, and no name of a framework. */
function expectError(response: RawResponse, status: number, code = 'BAD_REQUEST'): void {
  expect([response.status, errorsOf(response)]).toEqual([
    status,
    [{ message: expect.any(String), extensions: { code } }],
  ]);
  expect(response.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': expect.stringMatching(/^[\w-]+$/),
  });
  expect(JSON.stringify(response)).not.toMatch(/FST_|HPE_|fastify|nest|node/i);
}

function expectSecurityHeaders({ headers }: RawResponse): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    'referrer-policy': 'no-referrer',
  });
}

const services: [ServiceName, () => string][] = [
  ['gateway', () => system.gatewayUrl],
  ['users', () => system.subgraphUrls.users!],
  ['email-subscriptions', () => system.subgraphUrls['email-subscriptions']!],
];

const MALFORMED: [string, number, Buffer][] = [
  ['a % without digits', 400, rawRequest('GET /% HTTP/1.1', [HOST])],
  ['an escape that is not UTF-8', 400, rawRequest('GET /%E0%A4%A HTTP/1.1', [HOST])],
  ['headers of 17 KiB', 431, rawRequest('GET / HTTP/1.1', [HOST, `x: ${'y'.repeat(17 * 1024)}`])],
  ['a malformed request line', 400, Buffer.from('hello world\r\n\r\n')],
  ['a space in the address', 400, rawRequest('GET /a b HTTP/1.1', [HOST])],
  ['bytes of TLS', 400, Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5])],
  ['an unknown method', 501, rawRequest('FOO / HTTP/1.1', [HOST])],
  ['HTTP/3.7', 505, rawRequest('GET / HTTP/3.7', [HOST])],
  ['HTTP/2.0', 505, rawRequest('GET / HTTP/2.0', [HOST])],
  ['HTTP/0.9', 505, Buffer.from('GET /\r\n\r\n')],
  ['an HTTP/2 preface', 505, Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['an expectation', 417, rawRequest('GET / HTTP/1.1', [HOST, 'expect: tea'])],
  ['no Host', 400, rawRequest('GET / HTTP/1.1', [])],
  ['an empty Host', 400, rawRequest('GET / HTTP/1.1', ['host:'])],
  ['an invalid Host', 400, rawRequest('GET / HTTP/1.1', ['host: a/b'])],
  ['two Host headers', 400, rawRequest('GET / HTTP/1.1', [HOST, HOST])],
  ['two lengths', 400, rawRequest('POST / HTTP/1.1', [HOST, 'content-length: 2'], '{}')],
  [
    'a length and a transfer encoding',
    400,
    rawRequest('POST / HTTP/1.1', [HOST, 'transfer-encoding: chunked'], '0\r\n\r\n'),
  ],
];

/** All services share the code for these; the subgraphs show with some cases that they use it. */
describe.each(services)('%s', (name, url) => {
  const malformed = name === 'gateway' ? MALFORMED : MALFORMED.slice(0, 4);

  test.each(malformed)('rejects %s with %d', async (_, status, bytes) => {
    const response = await sendRaw(url(), bytes);
    expectError(response, status);
    if (name === 'gateway') expectSecurityHeaders(response);
  });

  test('rejects an unknown path', async () => {
    expectError(await sendRaw(url(), rawRequest('PUT /nope HTTP/1.1', [HOST])), 404, 'NOT_FOUND');
  });

  test.each(['PUT', 'PROPFIND', 'POST'])('rejects %s of /health/live with 405', async (method) => {
    const bytes = rawRequest(`${method} /health/live HTTP/1.1`, [HOST, JSON_TYPE], '{"not json');
    const response = await sendRaw(url(), bytes);
    expectError(response, 405);
    expect(response.headers['allow']).toBe('GET, HEAD, OPTIONS');
  });

  test('returns the methods of a path for OPTIONS', async () => {
    const response = await sendRaw(url(), rawRequest('OPTIONS /health/ready HTTP/1.1', [HOST]));
    expect([response.status, response.headers['allow'], response.body]).toEqual([
      204,
      'GET, HEAD, OPTIONS',
      '',
    ]);
    expect((await sendRaw(url(), rawRequest('OPTIONS * HTTP/1.1', [HOST]))).status).toBe(204);
    expectError(await sendRaw(url(), rawRequest('OPTIONS /nope HTTP/1.1', [HOST])), 404, 'NOT_FOUND');
  });

  test('returns the headers of GET for HEAD of /health/live', async () => {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => sendRaw(url(), rawRequest(`${method} /health/live HTTP/1.1`, [HOST]))),
    );
    expect([head!.status, head!.body, head!.headers['content-length']]).toEqual([
      200,
      '',
      get!.headers['content-length'],
    ]);
  });

  test('logs rejected requests with the request id of the response', async () => {
    for (const bytes of [rawRequest('GET /% HTTP/1.1', [HOST]), Buffer.from('hello\r\n\r\n')]) {
      const { headers } = await sendRaw(url(), bytes);
      await eventually(
        () => system.processes[name]!.logs(),
        (lines) => lines.some((line) => line.includes(`"requestId":"${headers['x-request-id']}"`)),
      );
    }
  });
});

describe('/graphql of the gateway', () => {
  const bearer = (token = ada.accessToken) => `authorization: Bearer ${token}`;
  const post = (headers: readonly string[], body: string | Buffer) =>
    sendRaw(system.gatewayUrl, rawRequest('POST /graphql HTTP/1.1', [HOST, ...headers], body));

  test.each(['PUT', 'TRACE', 'QUERY'])('rejects %s with 405', async (method) => {
    const bytes = rawRequest(`${method} /graphql HTTP/1.1`, [HOST, JSON_TYPE], VIEWER);
    const response = await sendRaw(system.gatewayUrl, bytes);
    expectError(response, 405);
    expectSecurityHeaders(response);
    expect(response.headers['allow']).toBe('GET, HEAD, OPTIONS, POST');
  });

  test.each([[[HOST, HOST]], [['host: a/b']], [[]]])(
    'rejects a WebSocket with the hosts %j',
    async (hosts) => {
      const headers = [
        'connection: upgrade',
        'upgrade: websocket',
        'sec-websocket-version: 13',
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol: graphql-transport-ws',
        ...hosts,
      ];
      expectError(await sendRaw(system.gatewayUrl, rawRequest('GET /graphql HTTP/1.1', headers)), 400);
    },
  );

  describe('rejects a WebSocket', () => {
    const upgrade = (path: string, method = 'GET', changed: Record<string, string> = {}) => {
      const headers = {
        host: 'a.example',
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'graphql-transport-ws',
        ...changed,
      };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      return sendRaw(system.gatewayUrl, rawRequest(`${method} ${path} HTTP/1.1`, lines));
    };

    test.each([
      ['of another path', '/nope', {}, 404, 'NOT_FOUND'],
      ['of the path with a slash', '/graphql/', {}, 404, 'NOT_FOUND'],
      ['of the list of upstreams', '/live/upstreams', {}, 404, 'NOT_FOUND'],
      ['of another sub-protocol', '/graphql', { 'sec-websocket-protocol': 'graphql-ws' }, 400, 'BAD_REQUEST'],
      ['of another version', '/graphql', { 'sec-websocket-version': '12' }, 400, 'BAD_REQUEST'],
      ['without a valid key', '/graphql', { 'sec-websocket-key': 'x' }, 400, 'BAD_REQUEST'],
      ['of another origin', '/graphql', { origin: 'https://evil.example' }, 403, 'FORBIDDEN'],
    ])('%s', async (_, path, changed, status, code) => {
      const response = await upgrade(path, 'GET', changed);
      expectError(response, status, code);
      expectSecurityHeaders(response);
    });

    test('by POST', async () => {
      const response = await upgrade('/graphql', 'POST', { 'content-type': 'application/json' });
      expectError(response, 400);
    });
  });

  test('rejects a malformed chunk with 400', async () => {
    const head = rawRequest('POST /graphql HTTP/1.1', [HOST, JSON_TYPE, 'transfer-encoding: chunked']);
    const response = await sendRaw(system.gatewayUrl, Buffer.concat([head, Buffer.from('zz\r\n')]));
    expectError(response, 400);
    expectSecurityHeaders(response);
  });

  test('returns the methods for OPTIONS without an Origin', async () => {
    const response = await sendRaw(system.gatewayUrl, rawRequest('OPTIONS /graphql HTTP/1.1', [HOST]));
    expect([response.status, response.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    expectSecurityHeaders(response);
  });

  test.each([
    ['a query', '/graphql?query=%7B__typename%7D', 'apollo-require-preflight: 1', 200],
    ['an invalid query', '/graphql?query=%7B', 'apollo-require-preflight: 1', 400],
    ['a query as server-sent events', '/graphql?query=%7B__typename%7D', 'accept: text/event-stream', 200],
  ])('returns the headers of GET for HEAD with %s', async (_, path, header, status) => {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) =>
        sendRaw(system.gatewayUrl, rawRequest(`${method} ${path} HTTP/1.1`, [HOST, header])),
      ),
    );
    expect([head!.status, head!.body]).toEqual([status, '']);
    expect(get!.body).not.toBe('');
    for (const name of ['content-type', 'content-length']) {
      expect(head!.headers[name]).toBe(get!.headers[name]);
    }
  });

  test('returns the headers of the stream for HEAD with a subscription', async () => {
    const query = encodeURIComponent('subscription { subscriberAdded { cursor } }');
    const head = await sendRaw(
      system.gatewayUrl,
      rawRequest(`HEAD /graphql?query=${query} HTTP/1.1`, [HOST, 'accept: text/event-stream', bearer()]),
    );
    expect([head.status, head.headers['content-type'], head.body]).toEqual([
      200,
      expect.stringContaining('text/event-stream'),
      '',
    ]);
  });

  test('rejects HEAD with a mutation', async () => {
    const query = encodeURIComponent('mutation { logout { revoked } }');
    for (const header of ['accept: text/event-stream', 'apollo-require-preflight: 1']) {
      const bytes = rawRequest(`HEAD /graphql?query=${query} HTTP/1.1`, [HOST, header, bearer()]);
      expect((await sendRaw(system.gatewayUrl, bytes)).status).toBe(405);
    }
  });

  test('accepts an absolute URL, and an IPv6 host with a port', async () => {
    for (const [target, host] of [
      ['http://x/graphql', 'x'],
      ['/graphql', '[::1]:4000'],
    ]) {
      const bytes = rawRequest(`POST ${target} HTTP/1.1`, [`host: ${host}`, JSON_TYPE], TYPENAME);
      expect((await sendRaw(system.gatewayUrl, bytes)).status).toBe(200);
    }
  });

  test.each(['gzip', 'GZIP', 'identity, gzip'])('rejects a body in %s', async (encoding) => {
    const response = await post([JSON_TYPE, `content-encoding: ${encoding}`], TYPENAME);
    expectError(response, 415);
    expectSecurityHeaders(response);
    expect([errorsOf(response)[0]!.message, response.headers['accept-encoding']]).toEqual([
      expect.stringContaining(`"${encoding}"`),
      'identity',
    ]);
  });

  test('accepts the content encoding identity', async () => {
    expect((await post([JSON_TYPE, 'content-encoding: Identity'], TYPENAME)).status).toBe(200);
  });

  test.each([
    ['application/json;Charset="ISO-8859-1"', 'ISO-8859-1'],
    ['application/json; charset = utf-16', 'utf-16'],
    ['application/json; charset=utf-8; charset=utf-7', 'utf-7'],
  ])('rejects %s and names the charset', async (type, charset) => {
    const response = await post([`content-type: ${type}`], TYPENAME);
    expectError(response, 415);
    expect(errorsOf(response)[0]!.message).toContain(`"${charset}"`);
  });

  test.each([
    'application/json; charset="UTF-8"',
    'Application/JSON; foo=bar',
    'application/json; foo="; charset=latin1"',
  ])('accepts %s', async (type) => {
    expect((await post([`content-type: ${type}`], TYPENAME)).status).toBe(200);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'json'])(
    'rejects a body of %s and names the content type to send',
    async (type) => {
      const response = await post([`content-type: ${type}`], TYPENAME);
      expectError(response, 415);
      expect(errorsOf(response)[0]!.message).toContain('application/json');
    },
  );

  test('rejects two content types, and a body without one', async () => {
    expectError(await post([JSON_TYPE, JSON_TYPE], TYPENAME), 415);
    expectError(await post([], TYPENAME), 415);
  });

  test('rejects a body that is not UTF-8', async () => {
    const body = Buffer.from('{"query":"{ __typename } # \u00e9"}', 'latin1');
    const bad = Buffer.concat([body.subarray(0, -2), Buffer.from([0xe9]), body.subarray(-2)]);
    const response = await post([JSON_TYPE], bad);
    expectError(response, 400);
    expect(errorsOf(response)[0]!.message).toContain('UTF-8');
  });

  test.each(['Bearer %', 'bEaReR   %', ' \tBearer\t% \t'])(
    'accepts the token from %j',
    async (authorization) => {
      const response = await post(
        [JSON_TYPE, `authorization:${authorization.replace('%', ada.accessToken)}`],
        VIEWER,
      );
      expect(JSON.parse(response.body)).toEqual({ data: { viewer: { email: ada.email } } });
    },
  );

  test.each<[string, () => string[]]>([
    ['an empty authorization', () => ['authorization:']],
    ['another scheme', () => [`authorization: Basic ${ada.accessToken}`]],
    ['a scheme without a token', () => ['authorization: Bearer']],
    ['a token without a scheme', () => [`authorization: ${ada.accessToken}`]],
    ['a token right after the scheme', () => [`authorization: Bearer${ada.accessToken}`]],
    ['two tokens', () => [`${bearer()} ${ada.accessToken}`]],
    ['the same authorization twice', () => [bearer(), bearer()]],
    ['a good and an empty authorization', () => [bearer(), 'authorization:']],
    ['an empty and a good authorization', () => ['authorization:', bearer()]],
  ])('treats %s as a bad token', async (_, headers) => {
    const response = await post([JSON_TYPE, ...headers()], TYPENAME);
    expectError(response, 401, 'UNAUTHENTICATED');
  });
});

describe('/graphql of a subgraph', () => {
  test.each(['PUT', 'PROPFIND', 'OPTIONS', 'HEAD'])(
    'returns nothing but 401 to an untrusted caller, by %s',
    async (method) => {
      for (const url of [system.subgraphUrls.users!, system.subgraphUrls['email-subscriptions']!]) {
        const headers = [HOST, 'content-type: application/json; charset=latin1', 'content-encoding: gzip'];
        const response = await sendRaw(url, rawRequest(`${method} /graphql HTTP/1.1`, headers, '{'));
        expect([response.status, response.headers['allow']]).toEqual([401, undefined]);
      }
    },
  );

  test('rejects other methods of a trusted caller, but accepts OPTIONS', async () => {
    const token = `txn-token: ${txnToken(system.secrets.EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET!)}`;
    const send = (method: string) =>
      sendRaw(
        system.subgraphUrls['email-subscriptions']!,
        rawRequest(`${method} /graphql HTTP/1.1`, [HOST, token]),
      );
    expectError(await send('PUT'), 405);
    expect((await send('OPTIONS')).status).toBe(204);
  });
});
