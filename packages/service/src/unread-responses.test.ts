import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { closeUnreadResponses } from './unread-responses.js';

/** More than the kernel's buffers hold. */
const LARGE = 32 * 1024 * 1024;
/** The number of bytes that the slow client reads at a time. */
const STEP = 1024 * 1024;
const NEVER = 60_000;

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
  closeUnreadResponses(server, logger, stallMs, readMs);
  server.get('/large', async () => 'x'.repeat(LARGE));
  server.get('/small', async () => 'small');
  server.get('/stream', (_, reply) => {
    reply.hijack();
    reply.raw.write('x'.repeat(LARGE));
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
}

/** Sends all requests at once on one connection, and reads nothing. */
async function request(...paths: string[]): Promise<Socket> {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket.on('error', () => undefined));
  socket.pause();
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  await once(socket, 'readable');
  return socket;
}

const connections = () =>
  new Promise<number>((resolve) => server.server.getConnections((_, count) => resolve(count)));

/** Waits until so many connections are open. */
async function untilOpen(count: number): Promise<void> {
  while ((await connections()) !== count) await delay(5);
}

/** Reads one step every 20 ms. @returns whether all was read, the total time, and the longest time between two steps */
async function readSlowly(socket: Socket) {
  const seen = { bytes: 0 };
  socket.on('data', ({ length }: Buffer) => {
    seen.bytes += length;
    if (seen.bytes % STEP < length) socket.pause();
  });
  const from = performance.now();
  let [last, longestGapMs] = [from, 0];
  while (seen.bytes < LARGE && !socket.destroyed) {
    socket.resume();
    await delay(20);
    longestGapMs = Math.max(longestGapMs, performance.now() - last);
    last = performance.now();
  }
  return { isComplete: seen.bytes >= LARGE, tookMs: last - from, longestGapMs };
}

describe('a response', () => {
  test.each([
    ['that is not read', ['/large']],
    ['that is not read while another one waits behind it', ['/large', '/small']],
  ])('%s is closed with its connection', async (_, paths) => {
    await serve(100, NEVER);
    await request(...paths);
    await untilOpen(0);
    expect(logged).toEqual([expect.stringContaining('nothing read')]);
  });

  test('that is read slowly is sent completely, even if that takes longer than the longest stall', async () => {
    const stallMs = 500;
    await serve(stallMs, NEVER);
    for (;;) {
      const { isComplete, tookMs, longestGapMs } = await readSlowly(await request('/large'));
      // On a busy machine this process may pause, and is then a client that has stalled. Such a try proves nothing.
      if (longestGapMs < stallMs / 2) {
        expect(isComplete).toBe(true);
        expect(tookMs).toBeGreaterThan(stallMs);
        expect(logged).toEqual([]);
        return;
      }
      logged.length = 0;
    }
  });

  test('that is read one byte at a time is closed after the longest time for reading', async () => {
    await serve(3_000, 500);
    const socket = await request('/large');
    const bytes = setInterval(() => socket.read(1), 10);
    await untilOpen(0);
    clearInterval(bytes);
    expect(logged).toEqual([expect.stringContaining('not read within')]);
  });

  test('that is read leaves its connection open, and a stream is left alone', async () => {
    await serve(200, 400);
    await request('/stream');
    const socket = await request('/small');
    const received = () => once(socket.resume(), 'data').then(String);
    expect(await received()).toContain('small');
    for (const count of [1, 2]) {
      // Both time limits have passed for the other two connections, too.
      await request('/large');
      await untilOpen(2);
      expect(logged).toHaveLength(count);
    }
    socket.write('GET /small HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await received()).toContain('small');
  });
});
