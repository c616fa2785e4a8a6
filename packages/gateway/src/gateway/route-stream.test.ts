import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { composeServices } from '@apollo/composition';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@kit/service';
import jwt from 'jsonwebtoken';
import { parse } from 'graphql';
import type { GatewayRoute } from '../http/route.js';
import { ServedGateway } from './testing/served-gateway.js';

const MIB = 1024 * 1024;
const SECRET = 's'.repeat(32);
/** What may be on its way while nobody reads: buffers of Node and of the kernel, several times. */
const IN_BUFFERS = 32 * MIB;

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

let exchanges: Exchange[];
let gateway: ServedGateway;
let log: string;
let port: number;
const server = createServer((request, response) => exchanges.push([request, response]));

const start = async (limits: object = {}) => {
  const typeDefs = parse('type Query { a: String }');
  const { supergraphSdl } = composeServices([
    { name: 'storage', url: `http://127.0.0.1:${port}/graphql`, typeDefs },
  ]);
  const stream = (method: 'GET' | 'PUT'): GatewayRoute => ({
    method,
    path: '/files/:token',
    body: 'stream',
    handle: (request, reply, routes) =>
      routes.stream('storage', { path: `/stored${request.url}` }, request, reply),
  });
  gateway = await ServedGateway.start(supergraphSdl!, {
    subgraphs: (_, url) => ({ url, secret: SECRET }),
    logger: createLogger('test', 'trace', { write: (line) => (log += line) }),
    limits,
    routes: [stream('GET'), stream('PUT')],
  });
};
beforeEach(async () => {
  exchanges = [];
  log = '';
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await gateway.stop();
});

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !condition(); await delay(5)) {
    if (Date.now() > deadline) throw new Error('the condition does not hold within 30 s');
  }
}
const nextExchange = async (): Promise<Exchange> => {
  await until(() => exchanges.length > 0);
  return exchanges.shift()!;
};
/** An upload whose body the test writes. */
const upload = (headers: Record<string, string> = {}) => {
  const sent = httpRequest(`${gateway.url}/files/t`, { method: 'PUT', headers }).on('error', () => {});
  const response = once(sent, 'response').then(([message]) => message as IncomingMessage);
  response.catch(() => {});
  return { sent, response };
};
/** Waits until a number has not grown for a while: whoever makes it grow waits for another. */
const settled = async (read: () => number) => {
  for (let last = -1, same = 0; same < 20; await delay(10)) {
    const now = read();
    same = now === last ? same + 1 : 0;
    last = now;
  }
};
const failure = (code: string) => ({ errors: [{ message: expect.any(String), extensions: { code } }] });

test('a stream has its own headers, and passes on type, length and body', async () => {
  await start();
  const { sent, response } = upload({
    'content-type': 'text/csv',
    'content-length': '5',
    authorization: 'Bearer client',
    cookie: 'a=b',
    'txn-token': 'forged',
    'x-own': 'client',
  });
  sent.end('a,b,c');
  const [request, answer] = await nextExchange();
  expect([request.method, request.url, await text(request)]).toEqual(['PUT', '/stored/files/t', 'a,b,c']);
  const { 'txn-token': token, 'x-request-id': id, ...headers } = request.headers;
  expect(headers).toEqual({
    host: `127.0.0.1:${port}`,
    connection: 'keep-alive',
    'content-type': 'text/csv',
    'content-length': '5',
  });
  expect(jwt.verify(String(token), SECRET)).toMatchObject({ aud: 'storage', iss: 'gateway' });
  expect(jwt.decode(String(token))).not.toHaveProperty('sub');
  answer
    .writeHead(201, { 'content-type': 'text/plain', 'content-length': '4', 'set-cookie': 'a=b', server: 'x' })
    .end('done');
  const received = await response;
  expect([received.statusCode, await text(received)]).toEqual([201, 'done']);
  expect(received.headers).toMatchObject({
    'content-type': 'text/plain',
    'content-length': '4',
    'x-request-id': id,
  });
  expect(received.headers).not.toHaveProperty('set-cookie');
  expect(received.headers).not.toHaveProperty('server');
});

test('passes on a download, and an upload without a length or without a body', async () => {
  await start();
  const download = fetch(`${gateway.url}/files/t?a=1`);
  const [request, answer] = await nextExchange();
  expect(request.url).toBe('/stored/files/t?a=1');
  answer.writeHead(200, { 'content-disposition': 'attachment', 'cache-control': 'no-store' }).end('a,b');
  const { headers, ...file } = await download.then(async (got) => ({
    headers: got.headers,
    body: await got.text(),
  }));
  expect(file.body).toBe('a,b');
  expect([headers.get('content-disposition'), headers.get('cache-control')]).toEqual([
    'attachment',
    'no-store',
  ]);

  const chunked = upload({ 'transfer-encoding': 'chunked' });
  chunked.sent.write('a,');
  chunked.sent.end('b');
  const [second, secondAnswer] = await nextExchange();
  expect(await text(second)).toBe('a,b');
  secondAnswer.end();
  expect((await chunked.response).statusCode).toBe(200);

  const empty = upload();
  empty.sent.end();
  const [third, thirdAnswer] = await nextExchange();
  expect([third.headers['content-length'], await text(third)]).toEqual(['0', '']);
  thirdAnswer.end();
  expect((await empty.response).statusCode).toBe(200);
});

test('an upload of 200 MiB waits for its reader, in constant memory', async () => {
  await start();
  const size = 200 * MIB;
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const { sent, response } = upload({ 'content-length': String(size) });
  let written = 0;
  let highest = 0;
  const before = process.memoryUsage().rss;
  const writing = (async () => {
    for (; written < size; written += chunk.length) {
      if (!sent.write(chunk)) await once(sent, 'drain');
      highest = Math.max(highest, process.memoryUsage.rss());
    }
    sent.end();
  })();
  const [request, answer] = await nextExchange();
  await settled(() => written);
  expect(written).toBeLessThan(IN_BUFFERS);
  let received = 0;
  for await (const part of request) received += (part as Buffer).length;
  await writing;
  expect(received).toBe(size);
  answer.end('done');
  expect(await text(await response)).toBe('done');
  expect((highest - before) / MIB).toBeLessThan(60);
});

test('a download waits for its reader', async () => {
  await start();
  const size = 100 * MIB;
  const got = httpRequest(`${gateway.url}/files/t`).end();
  const [, answer] = await nextExchange();
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let written = 0;
  const writing = (async () => {
    for (; written < size; written += chunk.length) if (!answer.write(chunk)) await once(answer, 'drain');
    answer.end();
  })();
  const [response] = (await once(got, 'response')) as [IncomingMessage];
  await settled(() => written);
  expect(written).toBeLessThan(IN_BUFFERS);
  let received = 0;
  for await (const part of response) received += (part as Buffer).length;
  await writing;
  expect(received).toBe(size);
});

test('a broken upload aborts the request to the subgraph', async () => {
  await start();
  const { sent } = upload({ 'content-length': '10' });
  sent.write('12345');
  const [request] = await nextExchange();
  const aborted = once(request, 'error');
  request.resume();
  sent.destroy();
  expect(await aborted).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
});

test('a client that leaves before the response aborts the request to the subgraph', async () => {
  await start();
  const { sent } = upload({ 'content-length': '2' });
  sent.end('12');
  const [request, answer] = await nextExchange();
  await text(request);
  const closed = once(answer, 'close');
  sent.destroy();
  await closed;
  expect(log).not.toContain('did not respond');
});

test('a broken download ends the response of the subgraph', async () => {
  await start();
  const got = httpRequest(`${gateway.url}/files/t`).end();
  const [, answer] = await nextExchange();
  answer.write('a');
  const [response] = (await once(got, 'response')) as [IncomingMessage];
  await once(response, 'data');
  const closed = once(answer, 'close');
  got.on('error', () => {}).destroy();
  response.on('error', () => {});
  await closed;
});

test('a download that breaks at the subgraph breaks at the client', async () => {
  await start();
  const download = fetch(`${gateway.url}/files/t`);
  const [, answer] = await nextExchange();
  answer.writeHead(200, { 'content-length': '10' });
  answer.write('a');
  const response = await download;
  const body = response.text();
  answer.destroy();
  await expect(body).rejects.toThrow();
});

test('a client that sends its whole file gets a response that came before', async () => {
  await start();
  const { sent, response } = upload({ 'transfer-encoding': 'chunked' });
  sent.write('x');
  const [, answer] = await nextExchange();
  answer.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}');
  const received = await response;
  expect([received.statusCode, await text(received)]).toEqual([404, '{"errors":[]}']);
  for (let n = 0; n < 100; n += 1) sent.write(Buffer.alloc(64 * 1024));
  const finished = once(sent, 'finish');
  sent.end();
  await finished;
});

test.each([
  ['rejects the token', 401],
  ['redirects', 302],
  ['fails', 500],
])('is unavailable when the subgraph %s', async (_, status) => {
  await start();
  const download = fetch(`${gateway.url}/files/t`);
  const [, answer] = await nextExchange();
  answer.writeHead(status, { location: 'http://internal' }).end('stack trace');
  const response = await download;
  expect([response.status, await response.json()]).toEqual([503, failure('SUBGRAPH_UNAVAILABLE')]);
  expect(log).toContain(`status ${status}`);
});

test('is unavailable while the subgraph is down, whatever the client sends', async () => {
  await start();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  for (const body of [undefined, 'a,b', Buffer.alloc(MIB)]) {
    const response = await fetch(`${gateway.url}/files/secret-token`, { method: 'PUT', body: body ?? null });
    expect([response.status, await response.json()]).toEqual([503, failure('SUBGRAPH_UNAVAILABLE')]);
  }
  expect(log).toContain('did not respond');
  expect(log).not.toContain('secret-token');
  server.listen(0, '127.0.0.1');
});

test('a client that stops sending is cut off, and so is the request to the subgraph', async () => {
  await start({ streamIdleMs: 200 });
  const { sent, response } = upload({ 'content-length': '10' });
  sent.write('12345');
  const [request] = await nextExchange();
  const aborted = once(request, 'error');
  request.resume();
  const received = await response;
  expect([received.statusCode, JSON.parse(await text(received))]).toEqual([408, failure('BAD_REQUEST')]);
  await aborted;
});

test('a subgraph that does not respond is unavailable', async () => {
  await start({ streamIdleMs: 200 });
  const { sent, response } = upload({ 'content-length': '2' });
  sent.end('12');
  const [request] = await nextExchange();
  await text(request);
  expect((await response).statusCode).toBe(503);
});

test('a client that does not read is cut off', async () => {
  await start({ streamIdleMs: 200 });
  const got = httpRequest(`${gateway.url}/files/t`).end();
  const [, answer] = await nextExchange();
  const closed = once(answer, 'close');
  for (let n = 0; n < 1_000; n += 1) answer.write(Buffer.alloc(64 * 1024));
  await closed;
  got.on('error', () => {}).destroy();
});

test('a slow upload that goes on is not cut off, even after the time limit of other requests', async () => {
  await start({ streamIdleMs: 3_000 });
  gateway.limitRequests(1_000);
  const { sent, response } = upload({ 'transfer-encoding': 'chunked' });
  const began = Date.now();
  sent.write('.');
  const [request, answer] = await nextExchange();
  const body = text(request);
  while (Date.now() - began < 6_500) {
    await delay(50);
    sent.write('.');
  }
  sent.end();
  expect((await body).length).toBeGreaterThan(5);
  answer.end('done');
  expect((await response).statusCode).toBe(200);
});

test('counts as load from the first byte of its body to the end of its response', async () => {
  await start({ requestsInFlight: 2 });
  const silent = [upload({ 'content-length': '1' }), upload({ 'content-length': '1' })];
  for (const { sent } of silent) sent.flushHeaders();
  await Promise.all(
    silent.map(({ sent }) => once(sent, 'socket').then(([socket]) => once(socket, 'connect'))),
  );
  expect((await gateway.ask('{ __typename }')).status).toBe(200);
  for (const { sent } of silent) sent.end('1');
  const answers = [await nextExchange(), await nextExchange()];
  expect((await gateway.ask('{ __typename }')).status).toBe(503);
  for (const [, answer] of answers) answer.end();
  await Promise.all(silent.map(async ({ response }) => text(await response)));
  expect((await gateway.ask('{ __typename }')).status).toBe(200);
});

test('broken streams do not open the circuit breaker, and the rate limit counts them', async () => {
  await start({ rateLimitOperations: 31 });
  for (let n = 0; n < 30; n += 1) {
    const download = fetch(`${gateway.url}/files/t`);
    const [, answer] = await nextExchange();
    answer.destroy();
    expect((await download).status).toBe(503);
  }
  const asked = gateway.ask('{ a }');
  const [, answer] = await nextExchange();
  answer.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"a":"x"}}');
  expect((await asked).body).toEqual({ data: { a: 'x' } });
  const limited = await fetch(`${gateway.url}/files/t`);
  expect([limited.status, Number(limited.headers.get('retry-after')) > 0]).toEqual([429, true]);
});

test('does not respond to HEAD, which might use up a file', async () => {
  await start();
  expect((await fetch(`${gateway.url}/files/t`, { method: 'HEAD' })).status).toBe(405);
});
