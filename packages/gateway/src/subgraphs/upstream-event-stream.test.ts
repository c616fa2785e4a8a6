import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS, txnTokenKey, verifyTxnToken } from '@kit/auth';
import { LARGEST_LIVE_MESSAGE } from '@kit/service';
import { buildSchema, GraphQLError } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { pino } from 'pino';
import { ManualClock } from '../request/testing/manual-clock.js';
import { until } from '../request/testing/until.js';
import { TxnTokens } from './txn-tokens.js';
import { UpstreamEventStream } from './upstream-event-stream.js';
import type { UpstreamRequest } from './upstream-transport.js';
import { Upstream } from './upstream.js';

const SECRET = 'a secret of one subgraph, 32 bytes long or more';
const NEXT = 'event: next\ndata: {"data":{"a":1}}\n\n';
const EVENT = { data: { a: 1 } };

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
  readonly isClosed: boolean;
}

let clock: ManualClock;
let server: Server;
let received: Received[];
let upstreams: Upstream[];
let log: string;
/** Responds to each request. By default it begins a stream. */
let respond: (request: IncomingMessage, response: ServerResponse) => unknown;
beforeEach(async () => {
  [received, upstreams, log] = [[], [], ''];
  clock = new ManualClock();
  respond = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const entry = { request, body, response, isClosed: false };
      response.on('close', () => (entry.isClosed = true));
      received.push(entry);
      respond(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(tokens: TxnTokens | null = new TxnTokens('s', SECRET)): Upstream {
  const { port } = server.address() as AddressInfo;
  const address = { origin: `http://127.0.0.1:${port}`, path: '/live/graphql?tenant=a' };
  const logger = pino({ level: 'debug' }, { write: (line) => void (log += line) });
  const upstream = new Upstream('s', new UpstreamEventStream(address, clock), tokens, logger);
  upstreams.push(upstream);
  return upstream;
}

/** Subscribes and records everything that the sink receives. */
function watch(upstream: Upstream, request: Partial<UpstreamRequest> = {}) {
  const seen: unknown[] = [];
  const close = upstream.subscribe({ query: 'subscription { a }', variables: {}, ...request }, ANONYMOUS, {
    next: (event) => void seen.push(event),
    rejected: (errors) => void seen.push(...errors),
    lost: () => void seen.push('lost'),
    complete: () => void seen.push('complete'),
  });
  return { seen, close };
}

describe('a subscription over server-sent events', () => {
  test('is one request with its own transaction token', async () => {
    const upstream = open();
    watch(upstream, { variables: { n: 5 }, operationName: 'O' });
    watch(upstream);
    await until(() => received.length === 2);
    const { request, body } = received.find(({ body }) => body.includes('"O"'))!;
    expect([request.method, request.url]).toEqual(['POST', '/live/graphql?tenant=a']);
    expect(request.headers).toMatchObject({
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'x-request-id': expect.any(String),
    });
    expect(() => verifyTxnToken(request.headers['txn-token'], 's', [txnTokenKey(SECRET)])).not.toThrow();
    expect(JSON.parse(body)).toEqual({
      query: 'subscription { a }',
      variables: { n: 5 },
      operationName: 'O',
    });
    expect(upstream.active).toBe(2);
  });

  test('has no token when the subgraph verifies none', async () => {
    watch(open(null));
    await until(() => received.length === 1);
    expect(received[0]!.request.headers).not.toHaveProperty('txn-token');
  });

  test('receives events until it is complete, and then ends its request', async () => {
    const upstream = open();
    const { seen } = watch(upstream);
    await until(() => received.length === 1);
    received[0]!.response.write(
      `${NEXT}: ping\n\nevent: other\ndata: 1\n\n${NEXT}event: complete\n\n${NEXT}`,
    );
    await until(() => received[0]!.isClosed);
    expect(seen).toEqual([EVENT, EVENT, 'complete']);
    expect(upstream.active).toBe(0);
  });

  test('ends its request when it is closed', async () => {
    const upstream = open();
    const [one, other] = [watch(upstream), watch(upstream)];
    await until(() => received.length === 2);
    one.close();
    expect(upstream.active).toBe(1);
    await until(() => received.some(({ isClosed }) => isClosed));
    const [rest] = received.filter(({ isClosed }) => !isClosed);
    rest!.response.write(NEXT);
    await until(() => other.seen.length === 1);
    expect([one.seen, other.seen]).toEqual([[], [EVENT]]);
  });

  test('that is closed before it is connected leaves no request behind', async () => {
    const { close } = watch(open());
    close();
    const { seen } = watch(open());
    await until(() => received.some(({ isClosed }) => !isClosed));
    received.find(({ isClosed }) => !isClosed)!.response.write(NEXT);
    await until(() => seen.length === 1);
    await until(() => received.filter(({ isClosed }) => !isClosed).length === 1);
    expect(clock.pending).toBe(0);
  });
});

describe('a subscription is rejected, not lost,', () => {
  const ERRORS = { errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] };

  test.each([
    [200, 'application/json'],
    [400, 'application/json'],
    [401, 'application/graphql-response+json'],
    [403, 'application/graphql-response+json; charset=utf-8'],
    [422, 'application/json'],
  ])('by GraphQL errors with status %i and %s', async (status, type) => {
    respond = (_, response) =>
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(ERRORS));
    const upstream = open();
    const { seen } = watch(upstream);
    await until(() => seen.length > 0);
    expect([seen, upstream.active, log]).toEqual([ERRORS.errors, 0, '']);
  });

  test('by errors without data in the stream, and its request ends', async () => {
    respond = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(`event: next\ndata: ${JSON.stringify(ERRORS)}\n\n${NEXT}`);
    };
    const { seen } = watch(open());
    await until(() => received[0]?.isClosed === true);
    expect(seen).toEqual(ERRORS.errors);
  });

  test('when it is too large for the subgraph', async () => {
    respond = (_, response) => response.writeHead(413).end('<html>');
    const { seen } = watch(open());
    await until(() => seen.length > 0);
    expect(seen).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('a subscription is lost', () => {
  const json = (status: number, body: string) => (_: unknown, response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  const stream = (content: string) => (_: unknown, response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(content);
  const untrusted = '{"errors":[{"message":"no","extensions":{"code":"UNTRUSTED_CALLER"}}]}';

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => unknown, RegExp]>([
    ['the stream ends without `complete`', stream(':\n\n'), /ended without/],
    ['the connection breaks', (request) => request.socket.destroy(), /closed|ECONNRESET|UND_ERR_SOCKET/],
    ['an event is not JSON', stream('event: next\ndata: {"data"\n\n'), /not a JSON object/],
    ['an event is not an object', stream('event: next\ndata: []\n\n'), /not a JSON object/],
    ['its errors are malformed', stream('event: next\ndata: {"errors":[5]}\n\n'), /not a list of errors/],
    ['the response is a result', json(200, '{"data":{"a":1}}'), /not an event stream: status 200/],
    ['the status is 503', json(503, '{"errors":[{"message":"busy"}]}'), /status 503/],
    ['the status is 404', json(404, 'x'), /status 404/],
    ['it is redirected', (_, response) => response.writeHead(302, { location: '/' }).end(), /status 302/],
    ['the rejection is too large', json(400, ' '.repeat(100_000)), /status 400/],
    ['the token is rejected', json(401, untrusted), /rejects the signature/],
  ])('when %s', async (_, response, why) => {
    respond = response;
    const upstream = open();
    const { seen } = watch(upstream);
    await until(() => seen.length > 0);
    expect([seen, upstream.active, clock.pending]).toEqual([['lost'], 0, 0]);
    expect((JSON.parse(log) as { why: string }).why).toMatch(why);
    await until(() => received[0]!.isClosed);
  });

  test('when an event is larger than the limit, but the others of its subgraph go on', async () => {
    const upstream = open();
    const [one, other] = [watch(upstream), watch(upstream)];
    await until(() => received.length === 2);
    received[0]!.response.write(`event: next\ndata: ${'x'.repeat(LARGEST_LIVE_MESSAGE)}`);
    received[1]!.response.write(NEXT);
    await until(() => one.seen.length + other.seen.length === 2);
    expect([one.seen, other.seen]).toContainEqual(['lost']);
    expect([one.seen, other.seen]).toContainEqual([EVENT]);
    await until(() => received[0]!.isClosed);
  });

  test('when the subgraph cannot be reached', async () => {
    const upstream = open();
    await new Promise((resolve) => server.close(resolve));
    const { seen } = watch(upstream);
    await until(() => seen.length > 0);
    expect([seen, clock.pending]).toEqual([['lost'], 0]);
    server.listen(0, '127.0.0.1');
  });

  test('when the subgraph does not begin its response', async () => {
    respond = () => {};
    const { seen } = watch(open());
    await until(() => received.length === 1);
    clock.advance(14_999);
    expect(seen).toEqual([]);
    clock.advance(1);
    expect(seen).toEqual(['lost']);
    await until(() => received[0]!.isClosed);
  });

  test('when its heartbeats stop', async () => {
    respond = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(NEXT);
    const { seen } = watch(open());
    for (const count of [2, 3, 4]) {
      await until(() => seen.length === count - 1);
      clock.advance(12_000);
      received[0]!.response.write(`:\n\n${NEXT}`);
    }
    await until(() => seen.length === 4);
    clock.advance(35_999);
    expect(seen).toHaveLength(4);
    clock.advance(1);
    expect(seen.at(-1)).toBe('lost');
    await until(() => received[0]!.isClosed);
  });
});

describe('the npm package graphql-sse serves', () => {
  beforeEach(() => {
    const schema = buildSchema('type Query { a: Int } type Subscription { a: Int, b: Int }');
    Object.assign(schema.getSubscriptionType()!.getFields()['a']!, {
      subscribe: async function* () {
        yield { a: 1 };
        yield { a: 2 };
      },
    });
    Object.assign(schema.getSubscriptionType()!.getFields()['b']!, {
      subscribe: () => {
        throw new GraphQLError('no', { extensions: { code: 'FORBIDDEN' } });
      },
    });
    const handler = createHandler({ schema });
    server.removeAllListeners('request');
    server.on('request', (request, response) => void handler(request, response));
  });

  test('events and the end', async () => {
    const { seen } = watch(open(null));
    await until(() => seen.includes('complete'));
    expect(seen).toEqual([{ data: { a: 1 } }, { data: { a: 2 } }, 'complete']);
  });

  test.each([
    ['a subscription that its resolver rejects', 'subscription { b }', { extensions: { code: 'FORBIDDEN' } }],
    ['a document that is not valid', 'subscription { c }', { message: expect.stringContaining('"c"') }],
  ])('the rejection of %s', async (_, query, error) => {
    const { seen } = watch(open(null), { query });
    await until(() => seen.length > 0);
    expect(seen).toMatchObject([error]);
  });
});
