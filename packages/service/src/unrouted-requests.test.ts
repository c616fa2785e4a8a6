import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from './logger.js';
import { allowSlowRequest } from './slow-requests.js';
import { unroutedRequests } from './unrouted-requests.js';

let server: Server;
let socket: Socket;
let heard: string;
let log: string[];
let closed: Promise<unknown>;
let responses: ServerResponse[];
beforeEach(async () => {
  log = [];
  responses = [];
  server = createServer({ connectionsCheckingInterval: 20 }, (_request, response) =>
    responses.push(response),
  );
  // It can only be set this low on an existing server.
  server.headersTimeout = server.requestTimeout = 100;
  const logger = createLogger('test', 'info', { write: (line) => log.push(line) });
  const unrouted = unroutedRequests(logger, { 'x-of': 'every response' });
  server.on('clientError', (error, end) => unrouted.clientErrorHandler(error, end as Socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  heard = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
  closed = once(socket, 'close');
});
afterEach(() => {
  socket.destroy();
  server.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const REJECTED = /x-of: every response\r\n[^]*x-request-id: (\S+)\r\n[^]*{"errors":\[{"message":/;

test.each(['GET / HT', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nx'])(
  'rejects a request that stops after %j, and logs it',
  async (bytes) => {
    socket.write(bytes);
    await closed;
    expect(heard).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    const requestId = REJECTED.exec(heard)![1];
    expect(log.map((line) => JSON.parse(line) as object)).toMatchObject([
      { requestId, status: 408, why: 'ERR_HTTP_REQUEST_TIMEOUT' },
    ]);
  },
);

test('lets an exempted request take longer, but not the next one', async () => {
  const body = 'content-length: 2\r\n\r\n';
  server.on('request', (request, response) => {
    if (request.url !== '/slow') return;
    allowSlowRequest(request);
    request.on('data', () => {}).once('end', () => response.end('received'));
  });
  socket.write(`PUT /slow HTTP/1.1\r\nhost: x\r\n${body}1`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.write('2');
  await until(() => heard.includes('received'));
  socket.write(`PUT / HTTP/1.1\r\nhost: x\r\n${body}1`);
  await closed;
  expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('does not log a connection without data', async () => {
  await closed;
  expect(heard).toMatch(REJECTED);
  expect(log).toEqual([]);
});

test('does not log the content of a rejected request', async () => {
  socket.write('GET /secret-1 HTTP/1.1\r\nauthorization: secret-2\r\nfaulty line\r\n\r\n');
  await closed;
  expect(heard).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect([log.length, log.join('').includes('secret')]).toEqual([1, false]);
});

test('sends no response that the client would take for another one', async () => {
  socket.write(GET);
  await once(server, 'request');
  socket.write('faulty\r\n\r\n');
  await closed;
  expect(heard).toBe('');
});

test('sends nothing within a response that has begun', async () => {
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  await once(server, 'request');
  responses[0]!.write('begun');
  await once(socket, 'data');
  socket.write('zz\r\n');
  await closed;
  expect(heard).not.toContain('errors');
});
