import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { UnfinishedMessages, type UnfinishedLimits } from './unfinished-messages.js';

const KIB = 1024;

let server: WebSocketServer;
let messages: UnfinishedMessages;
let accepted: WebSocket[];
let streams: Socket[];
let trusted: WeakSet<WebSocket>;
let received: string[];
beforeEach(async () => {
  [accepted, streams, trusted, received] = [[], [], new WeakSet(), []];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) => {
    accepted.push(socket);
    streams.push(request.socket);
    socket.on('error', () => {});
    socket.on('message', (data) => received.push((data as Buffer).toString()));
    messages.watch(socket, request.socket);
  });
  await once(server, 'listening');
});
afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function limit(limits: Partial<UnfinishedLimits>): void {
  messages = new UnfinishedMessages(
    { bytes: 1024 * KIB, ms: 60_000, ...limits },
    { isTrusted: (socket) => trusted.has(socket) },
  );
}

interface Client {
  readonly socket: WebSocket;
  /** The server's end. */
  readonly peer: WebSocket;
  /** The client's stream below the WebSocket. */
  readonly stream: Socket;
  readonly closed: Promise<string>;
}

async function client(): Promise<Client> {
  const stream = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const socket = new WebSocket('ws://127.0.0.1', { createConnection: () => stream });
  const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`);
  socket.on('error', () => {});
  await once(socket, 'open');
  return { socket, stream, closed, peer: accepted.at(-1)! };
}

/** Sends a part of a message, and waits until it is counted. */
async function begin({ socket }: Client, bytes = 1): Promise<void> {
  const { held } = messages;
  socket.send(Buffer.alloc(bytes, 'x'), { fin: false });
  await until(() => messages.held >= held + bytes);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(2);
}

describe('a message that is not complete in time', () => {
  test.each<[string, (client: Client) => void]>([
    ['is in fragments', ({ socket }) => socket.send('x', { fin: false })],
    ['is one frame', ({ stream }) => stream.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0]))],
    ['is a part of a ping', ({ stream }) => stream.write(Buffer.from([0x89]))],
    [
      'has complete messages before it, and pings in it',
      ({ socket }) => {
        socket.send('complete');
        socket.send('x', { fin: false });
        const pings = setInterval(() => socket.ping(), 20);
        socket.once('close', () => clearInterval(pings));
      },
    ],
  ])('closes its socket when it %s', async (_, send) => {
    limit({ ms: 200 });
    const one = await client();
    const since = performance.now();
    send(one);
    expect(await one.closed).toBe('1013 A message took too long to arrive');
    expect(performance.now() - since).toBeGreaterThanOrEqual(199);
    await until(() => messages.held === 0);
  });

  test('leaves a socket open that sends no messages, or complete ones', async () => {
    limit({ ms: 50 });
    const [late, idle, busy] = [await client(), await client(), await client()];
    const sending = setInterval(() => {
      busy.socket.send('x', { fin: false });
      busy.socket.ping();
      busy.socket.send('y');
    }, 5);
    await until(() => received.length >= 20);
    await begin(late);
    await late.closed;
    clearInterval(sending);
    expect(new Set(received)).toEqual(new Set(['xy']));
    expect([idle.socket.readyState, busy.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    await until(() => messages.held === 0);
  });

  test('is not late because the server does not read', async () => {
    limit({ ms: 50 });
    const [slow, other] = [await client(), await client()];
    await begin(slow);
    slow.peer.pause();
    await begin(other);
    await other.closed;
    slow.socket.send('y');
    slow.peer.resume();
    await until(() => received.length === 1);
    expect(received).toEqual(['xy']);
  });
});

describe('when unfinished messages exceed the limit', () => {
  test('only the oldest one is dropped', async () => {
    limit({ bytes: 100 * KIB });
    const [first, second, third] = [await client(), await client(), await client()];
    await begin(first, 20 * KIB);
    await begin(second, 40 * KIB);
    third.socket.send(Buffer.alloc(45 * KIB), { fin: false });
    expect(await first.closed).toBe('1013 Too many unfinished messages');
    second.socket.send('y');
    await until(() => received.length === 1);
    third.socket.send('y');
    await until(() => received.length === 2);
    expect(messages.held).toBe(0);
  });

  test('those of unauthenticated peers are dropped first', async () => {
    limit({ bytes: 100 * KIB });
    const [known, unknown, another] = [await client(), await client(), await client()];
    for (const { peer } of [known, another]) trusted.add(peer);
    await begin(known, 60 * KIB);
    unknown.socket.send(Buffer.alloc(50 * KIB), { fin: false });
    expect(await unknown.closed).toBe('1013 Too many unfinished messages');
    expect(messages.held).toBeGreaterThan(60 * KIB);
    another.socket.send(Buffer.alloc(50 * KIB), { fin: false });
    expect(await known.closed).toBe('1013 Too many unfinished messages');
  });

  test('the cost of many small pieces is counted', async () => {
    limit({});
    const one = await client();
    for (let n = 0; n < 1_000; n += 1) one.socket.send('x', { fin: false });
    await until(() => messages.held > 128 * 1_000);
  });
});

test.each<[string, (client: Client) => void]>([
  ['has sent an invalid frame', ({ stream }) => stream.write(Buffer.from([0xff, 0xff]))],
  ['has sent a close frame', ({ socket }) => socket.close()],
])('counts nothing of a socket that %s, although it stays open', async (_, send) => {
  limit({});
  const one = await client();
  // It does not respond to the server's close frame.
  one.stream.pause();
  await begin(one);
  send(one);
  await until(() => one.peer.readyState === WebSocket.CLOSING && messages.held === 0);
  const { bytesRead } = streams.at(-1)!;
  one.stream.write(Buffer.alloc(64 * KIB, 1));
  await until(() => streams.at(-1)!.bytesRead >= bytesRead + 64 * KIB);
  expect(messages.held).toBe(0);
});
