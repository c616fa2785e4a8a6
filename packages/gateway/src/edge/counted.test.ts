import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { until } from '../request/testing/until.js';
import { counted } from './counted.js';
import { Load } from './load.js';

/** More than the system's socket buffers hold. */
const LARGE = 'x'.repeat(16 * 1024 * 1024);

let load: Load;
let server: FastifyInstance;
let goOn: () => void;
const sockets: Socket[] = [];
beforeEach(async () => {
  load = new Load({ inFlight: 1, delayMs: 1_000 });
  const released = new Promise<void>((resolve) => (goOn = resolve));
  server = fastify({ forceCloseConnections: true });
  server.get(
    '/large',
    counted(load, async () => LARGE),
  );
  server.get(
    '/slow',
    counted(load, async () => {
      await released;
      return 'done';
    }),
  );
  server.get(
    '/broken',
    counted(load, async () => {
      throw new Error('broken');
    }),
  );
  server.get(
    '/stream',
    counted(load, async (_, reply) => {
      reply.hijack();
      reply.raw.write('an event');
    }),
  );
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  goOn();
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

function send(path: string): Socket {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket.on('error', () => undefined));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
  return socket;
}

test('a response counts until the client has read it', async () => {
  const socket = send('/large');
  await once(socket, 'readable');
  expect(load.isTooMuch).toBe(true);
  socket.resume();
  await until(() => !load.isTooMuch);
});

test('an unread response counts until the client disconnects', async () => {
  const socket = send('/large');
  await once(socket, 'readable');
  expect(load.isTooMuch).toBe(true);
  socket.destroy();
  await until(() => !load.isTooMuch);
});

test('a handler counts until it is done, even after the client has disconnected', async () => {
  const socket = send('/slow');
  const [, response] = await once(server.server, 'request');
  await until(() => load.isTooMuch);
  socket.destroy();
  await once(response, 'close');
  expect(load.isTooMuch).toBe(true);
  goOn();
  await until(() => !load.isTooMuch);
});

test('a failed handler no longer counts', async () => {
  const [data] = await once(send('/broken'), 'data');
  expect(String(data)).toContain('500');
  await until(() => !load.isTooMuch);
});

test('a stream does not count', async () => {
  await once(send('/stream'), 'data');
  await until(() => !load.isTooMuch);
});
