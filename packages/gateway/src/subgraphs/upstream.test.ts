import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { pino } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { until } from '../request/testing/until.js';
import { InvalidGraphQLResult } from '@kit/executor';
import { TxnTokens } from './txn-tokens.js';
import { Upstream } from './upstream.js';
import { UpstreamWebSocket } from './upstream-web-socket.js';
import type { UpstreamRequest } from './upstream-transport.js';

interface Message {
  readonly type: string;
  readonly id: string;
  readonly payload?: unknown;
}

let server: WebSocketServer;
let upstream: Upstream;
let sockets: WebSocket[];
/** The address that each socket was opened at. */
let urls: (string | undefined)[];
/** The ids and the payloads of the received subscriptions, in order. */
let ids: string[];
let payloads: unknown[];
let log: string;
beforeEach(async () => {
  [sockets, urls, ids, payloads, log] = [[], [], [], [], ''];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, { url }) => {
    urls.push(url);
    sockets.push(socket);
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as Message;
      const { type, id } = message;
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') {
        ids.push(id);
        payloads.push(message.payload);
      }
    });
  });
  await once(server, 'listening');
  upstream = open(new TxnTokens('s', 'a secret of one subgraph, 32 bytes long or more'));
});
afterEach(async () => {
  await upstream.close();
  for (const socket of sockets) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function open(tokens: TxnTokens | null): Upstream {
  const { port } = server.address() as AddressInfo;
  const address = { origin: `http://127.0.0.1:${port}`, path: '/their/live?v=2' };
  const logger = pino({ level: 'debug' }, { write: (line) => void (log += line) });
  return new Upstream('s', new UpstreamWebSocket(address), tokens, logger);
}

/** Subscribes and records everything that the sink receives. */
function watch(request: Partial<UpstreamRequest> = {}): unknown[] {
  const seen: unknown[] = [];
  upstream.subscribe({ query: 'subscription { a }', variables: {}, ...request }, ANONYMOUS, {
    next: (event) => void seen.push(event),
    rejected: (errors) => void seen.push(...errors),
    lost: () => void seen.push('lost'),
    complete: () => void seen.push('complete'),
  });
  return seen;
}

test('subscribes at the path and query string of the subgraph, each time with a token', async () => {
  watch();
  watch();
  await until(() => ids.length === 2);
  expect(urls).toEqual(['/their/live?v=2']);
  expect(payloads).toEqual(
    [0, 1].map(() => expect.objectContaining({ extensions: { txnToken: expect.any(String) } })),
  );
});

test('sends no token to a subgraph that verifies none', async () => {
  await upstream.close();
  upstream = open(null);
  watch();
  await until(() => ids.length === 1);
  expect(payloads).toEqual([{ query: 'subscription { a }', operationName: null, variables: {} }]);
});

test.each([
  ['upstreamLength', { query: 'x'.repeat(20_000) }, 20_000],
  ['upstreamBody', { variables: { a: 'é'.repeat(100_000) } }, expect.any(Number)],
])('rejects a request over %s with the limit and the value, without sending it', (limit, request, value) => {
  expect(watch(request)).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', limit, value } }]);
  expect(upstream.active).toBe(0);
});

test.each(['[]', '[null]', '[5]', '5', '{"message":"someone@example.com"}', '[{"message":5}]'])(
  'loses only the subscription with malformed errors: %s',
  async (errors) => {
    const [one, other] = [watch(), watch()];
    await until(() => ids.length === 2);
    const send = (id: string, payload: string) =>
      sockets[0]!.send(`{"id":"${id}","type":"next","payload":${payload}}`);
    send(ids[0]!, `{"errors":${errors}}`);
    await until(() => one.length === 1);
    expect(one).toEqual(['lost']);
    send(ids[1]!, '{"data":{"a":1}}');
    await until(() => other.length === 1);
    expect([other, sockets.length]).toEqual([[{ data: { a: 1 } }], 1]);
    expect(log).toContain(new InvalidGraphQLResult('').message);
    expect(log).not.toContain('@example.com');
  },
);
