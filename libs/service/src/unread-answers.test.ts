import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { endUnreadAnswers } from './unread-answers.js';

/** More than the buffers of the system take in. */
const LARGE = 32 * 1024 * 1024;
/** As much as is read at a time. */
const STEP = 1024 * 1024;
const FOREVER = 60_000;
const PATIENCE_MS = 10_000;

let server: FastifyInstance;
const logged: string[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  logged.length = 0;
  await server.close();
});

async function serve(stallMs: number, readMs: number): Promise<void> {
  server = fastify({ forceCloseConnections: true });
  const logger = pino({}, { write: (line) => void logged.push((JSON.parse(line) as { why: string }).why) });
  endUnreadAnswers(server, logger, stallMs, readMs);
  server.get('/large', async () => 'x'.repeat(LARGE));
  server.get('/small', async () => 'small');
  server.get('/stream', (_, reply) => {
    reply.hijack();
    reply.raw.write('x'.repeat(LARGE));
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
}

/** Asks for all of it at once on one connection, and reads nothing. */
async function ask(...paths: string[]): Promise<Socket> {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket.on('error', () => undefined));
  socket.pause();
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  await once(socket, 'readable');
  return socket;
}

const connections = () =>
  new Promise<number>((resolve) => server.server.getConnections((_, count) => resolve(count)));

async function untilOpen(count: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await connections()) !== count) {
    if (Date.now() > deadline) throw new Error(`there are not ${count} connections left`);
    await delay(5);
  }
}

test.each([
  ['alone', ['/large']],
  ['with another one waiting behind it', ['/large', '/small']],
])('an answer that is not read is ended, %s', async (_, paths) => {
  await serve(100, FOREVER);
  await ask(...paths);
  await untilOpen(0);
  expect(logged).toEqual([expect.stringContaining('nothing read')]);
});

test('an answer that is read slowly is read whole, however long that takes', async () => {
  await serve(500, FOREVER);
  const socket = await ask('/large');
  const seen = { bytes: 0 };
  socket.on('data', ({ length }: Buffer) => {
    seen.bytes += length;
    if (seen.bytes % STEP < length) socket.pause();
  });
  const from = performance.now();
  while (seen.bytes < LARGE && !socket.destroyed) {
    socket.resume();
    await delay(20);
  }
  expect(seen.bytes).toBeGreaterThan(LARGE);
  expect(performance.now() - from).toBeGreaterThan(500);
  expect(logged).toEqual([]);
});

test('an answer that is read by drops is ended in the end', async () => {
  await serve(FOREVER, 500);
  const socket = await ask('/large');
  const drops = setInterval(() => socket.read(1), 10);
  await untilOpen(0);
  clearInterval(drops);
  expect(logged).toEqual([expect.stringContaining('not read within')]);
});

test('what is read stays open and serves what comes later, and a stream is left to who streams', async () => {
  await serve(200, 400);
  await ask('/stream');
  const socket = await ask('/small');
  const seen = () => once(socket.resume(), 'data').then(String);
  expect(await seen()).toContain('small');
  for (const count of [1, 2]) {
    // By then the others would be ended, too.
    await ask('/large');
    await untilOpen(2);
    expect(logged).toHaveLength(count);
  }
  socket.write('GET /small HTTP/1.1\r\nhost: a\r\n\r\n');
  expect(await seen()).toContain('small');
});
