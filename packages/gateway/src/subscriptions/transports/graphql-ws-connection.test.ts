import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { Unauthenticated } from '../../request/gateway-errors.js';
import type { Identity } from '../../request/identity.js';
import type { IdentityService } from '../../identity/identity.js';
import { RevokedSessions } from '../../identity/revoked-sessions.js';
import { until } from '../../request/testing/until.js';
import { systemClock } from '../../request/clock.js';
import { Connections } from './connections.js';
import { ServedSockets } from './testing/served-sockets.js';

const ADA: Identity = { viewer: { userId: 'ada', sessionId: 's' }, scopes: new Set() };

/** All but intervals. */
const REAL_TIMERS = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const;

let served: ServedSockets;
let revoked: RevokedSessions;
let connections: Connections;
/** Runs while a token is verified. */
let meanwhile: () => void;
beforeEach(() => {
  revoked = new RevokedSessions(systemClock);
  connections = new Connections(
    { all: 3, perViewer: 3, anonymous: 3, anonymousPerAddress: 3 },
    systemClock,
    revoked,
  );
});
afterEach(() => served.close());

async function serve(initTimeoutMs = 5_000): Promise<void> {
  const identify = async () => {
    meanwhile();
    return ADA;
  };
  const identities = { identify } as unknown as IdentityService;
  served = await ServedSockets.start({ identities, connections, initTimeoutMs });
}

/** Opens a socket with a token. Returns the gateway's messages and its close. */
async function closeOf(whenAcknowledged: () => void) {
  await serve();
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws');
  const messages: string[] = [];
  socket.on('message', (data) => {
    messages.push((data as Buffer).toString());
    whenAcknowledged();
  });
  socket.once('open', () => socket.send('{"type":"connection_init"}'));
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { messages, code, reason: reason.toString() };
}

test('replies to a ping with a pong and the same payload', async () => {
  meanwhile = () => {};
  await serve();
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws');
  await once(socket, 'open');
  const pong = async (ping: string) => {
    socket.send(ping);
    return String((await once(socket, 'message'))[0]);
  };
  expect(await pong('{"type":"ping"}')).toBe('{"type":"pong"}');
  expect(await pong('{"type":"ping","payload":{"a":[1,"é"]}}')).toBe(
    '{"type":"pong","payload":{"a":[1,"é"]}}',
  );
  socket.close();
});

test('disconnects a client that has not replied to two pings', async () => {
  meanwhile = () => {};
  jest.useFakeTimers({ doNotFake: [...REAL_TIMERS] });
  try {
    await serve(60_000);
    const clients = [true, false].map(
      (autoPong) => new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws', { autoPong }),
    );
    const [replying, silent] = clients as [WebSocket, WebSocket];
    await Promise.all(clients.map((client) => once(client, 'open')));
    const nextPing = async () => {
      const pings = clients.map((client) => once(client, 'ping'));
      jest.advanceTimersByTime(12_000);
      await Promise.race([Promise.all(pings), once(silent, 'close')]);
      // Its reply to the ping arrives before this message.
      replying.send('{"type":"ping"}');
      await once(replying, 'message');
    };
    for (let ping = 0; ping < 2; ping += 1) await nextPing();
    expect(silent.readyState).toBe(WebSocket.OPEN);
    await nextPing();
    await until(() => silent.readyState === WebSocket.CLOSED);
    expect(replying.readyState).toBe(WebSocket.OPEN);
  } finally {
    jest.useRealTimers();
  }
});

test('closes a connection whose session is revoked while its token is verified', async () => {
  meanwhile = () => revoked.add(['s']);
  expect(await closeOf(() => {})).toEqual({ messages: [], code: 4403, reason: 'SUBSCRIPTION_AUTH_EXPIRED' });
});

test('closes a connection whose session is revoked later', async () => {
  meanwhile = () => {};
  expect(await closeOf(() => revoked.add(['s']))).toEqual({
    messages: ['{"type":"connection_ack"}'],
    code: 4403,
    reason: 'SUBSCRIPTION_AUTH_EXPIRED',
  });
  await until(() => connections.size === 0);
});

test('does not time out a client whose message arrived in time while the gateway was busy', async () => {
  meanwhile = () => {};
  const initTimeoutMs = 50;
  await serve(initTimeoutMs);
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  const busyUntil = performance.now() + 4 * initTimeoutMs;
  while (performance.now() < busyUntil);
  const [received] = await Promise.race([once(socket, 'message'), once(socket, 'close')]);
  expect(String(received)).toBe('{"type":"connection_ack"}');
  socket.close();
});

describe('a client that does not confirm a close is disconnected soon', () => {
  /** A text frame as clients send it, with an all-zero mask. */
  const frame = (text: string) =>
    Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

  /** Completes the upgrade and ignores all frames. */
  async function unresponsiveClient(message: string | null): Promise<Socket> {
    const socket = connect({ port: served.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(
      'GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n' +
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n',
    );
    socket.on('error', () => {});
    await once(socket, 'data');
    if (message !== null) socket.write(frame(message));
    return socket;
  }

  test.each([
    ['it sends no identity', null],
    ['its token is invalid', '{"type":"connection_init"}'],
    ['it sends an invalid message', 'x'],
  ])('when %s', async (_, message) => {
    meanwhile = () => {
      throw new Unauthenticated();
    };
    await serve(message === null ? 50 : undefined);
    const socket = await unresponsiveClient(message);
    expect(connections.size).toBe(1);
    await until(() => connections.size === 0);
    socket.destroy();
  });
});

test('closes an evicted connection with a code to try again later', async () => {
  await serve();
  const sockets = [0, 1, 2].map(() => new WebSocket(`ws://127.0.0.1:${served.port}`, 'graphql-transport-ws'));
  const closed = Promise.race(sockets.map((socket) => once(socket, 'close')));
  await until(() => connections.size === 3);
  await until(() => connections.ensureCapacity());
  expect(connections.size).toBe(2);
  const [code, reason] = (await closed) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1013, 'RATE_LIMITED']);
});
