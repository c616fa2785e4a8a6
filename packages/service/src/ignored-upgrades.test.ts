import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { RequestOrWebSocket } from './ignored-upgrades.js';
import { acceptWebSockets } from './websocket-server.js';

const HTTP2 = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n';

let server: Server;
let socket: Socket;
let heard: string;
let closed: Promise<unknown>;
beforeEach(async () => {
  server = createServer({ IncomingMessage: RequestOrWebSocket }, (request, response) => {
    void text(request).then((body) => response.end(`${request.method} ${request.url} ${body}.`));
  });
  acceptWebSockets(server, { path: '/', maxPayload: 1, logger: pino({ level: 'silent' }) });
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

/** Sends bytes, and waits for a response that has this ending. */
async function ask(bytes: string, ending: string): Promise<void> {
  heard = '';
  socket.write(bytes);
  const cut = closed.then(() => Promise.reject(new Error(`closed after ${heard}`)));
  while (!heard.includes(ending)) await Promise.race([once(socket, 'data'), cut]);
  cut.catch(() => undefined);
  expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
}

const post = (headers: string, path = '/a') => `POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
const get = (headers: string) => `GET / HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;

describe('an offer of HTTP/2 gets an HTTP/1.1 response', () => {
  test.each([
    ['of a known length', 'content-length: 5\r\n', 'hello'],
    ['in chunks', 'transfer-encoding: chunked\r\n', '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('with a body %s, repeatedly on one connection', async (_, framing, body) => {
    const head = post(HTTP2 + framing);
    await ask(head + body, 'POST /a hello.');
    await ask(head + body, 'POST /a hello.');
    await ask(get(''), 'GET / .');
    await ask(get(HTTP2), 'GET / .');
  });

  test('with a body in several pieces', async () => {
    socket.write(post(`${HTTP2}content-length: 5\r\n`));
    await once(server, 'request');
    socket.write('he');
    await ask('llo', 'POST /a hello.');
  });

  test('after the response to an earlier request', async () => {
    const second = post(`${HTTP2}content-length: 5\r\n`, '/b');
    await ask(`${post('content-length: 1\r\n')}1${second}hello`, 'POST /b hello.');
    expect(heard.indexOf('POST /a 1.')).toBeGreaterThan(0);
  });

  test.each(['TLS/1.0', 'h2c, foo', 'websockets'])('and so does an offer of %s', async (protocol) => {
    await ask(get(`connection: upgrade\r\nupgrade: ${protocol}\r\n`), 'GET / .');
  });
});

test.each(['websocket', 'WebSocket', 'websocket, h2c', 'h2c, websocket'])(
  'accepts %s as an offer of WebSocket',
  async (protocol) => {
    const upgraded = once(server, 'upgrade');
    socket.write(get(`connection: upgrade\r\nupgrade: ${protocol}\r\n`));
    await Promise.all([upgraded, closed]);
    expect(heard).toContain('400 Bad Request\r\nsec-websocket-protocol: graphql-transport-ws');
  },
);

test('closes the connection of a CONNECT request', async () => {
  socket.write('CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n');
  await closed;
  expect(heard).toBe('');
});
