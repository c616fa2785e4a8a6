import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { closeIdleConnections } from './idle-connections.js';

let server: FastifyInstance;
const sockets: Socket[] = [];
let release: () => void;
beforeEach(async () => {
  server = fastify({ forceCloseConnections: false });
  const released = new Promise<void>((resolve) => (release = resolve));
  server.get('/', async () => {
    await released;
    return 'done';
  });
  server.post('/', async ({ body }) => body);
  closeIdleConnections(server);
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  release();
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

interface Heard {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly heard: () => string;
}

/** Sends a text and collects the response. */
async function say(text: string): Promise<Heard> {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  let heard = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const accepted = once(server.server, 'connection');
  await Promise.all([accepted, once(socket, 'connect')]);
  await new Promise<void>((resolve) => (text ? socket.write(text, () => resolve()) : resolve()));
  return { socket, closed, heard: () => heard };
}

test.each([
  '',
  'GET / HT',
  'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nx',
])('a server that closes does not wait for a client that has sent %j', async (text) => {
  const { closed } = await say(text);
  await server.close();
  await closed;
});

test('a server that closes responds to pending requests', async () => {
  const begun = once(server.server, 'request');
  const { closed, heard } = await say('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  await begun;
  const stopped = server.close();
  release();
  await Promise.all([closed, stopped]);
  expect(heard()).toMatch(/^HTTP\/1\.1 200 OK[^]*done$/);
});

test('a server that closes ends a keep-alive connection after its response', async () => {
  const begun = once(server.server, 'request');
  const { closed, heard } = await say('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await begun;
  const stopped = server.close();
  while (server.server.listening) await nextTurn();
  release();
  await Promise.all([closed, stopped]);
  expect(heard()).toMatch(/^HTTP\/1\.1 200 OK[^]*done$/);
});

test('a server without WebSockets responds to an upgrade request', async () => {
  release();
  const { socket, heard } = await say(
    'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  await once(socket, 'data');
  expect(heard()).toContain('200 OK');
});
