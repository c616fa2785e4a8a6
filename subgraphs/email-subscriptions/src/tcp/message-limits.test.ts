import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@kit/service';
import { Registry } from 'prom-client';
import { certificate } from '@supergraph/tools/test-certificate';
import { framed, RawSocket } from '../testing/tcp.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import type { MessageContext } from './message-context.js';
import { MessageMetrics } from './message-metrics.js';
import { MessageServer, type MessageServerOptions } from './message-server.js';

/** A message that the handler `wait` received. */
interface Call {
  readonly data: unknown;
  finish(): void;
}

let cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const each of cleanUp) each();
  cleanUp = [];
});

/**
 * A server with test handlers: `echo` trusts the client and returns the data, `unknown` returns the data, and `wait` runs
 * until the test finishes it.
 */
async function serve(options: Partial<MessageServerOptions> = {}) {
  const log: string[] = [];
  const calls: Call[] = [];
  const registry = new Registry();
  const server = new MessageServer({
    host: '127.0.0.1',
    port: 0,
    logger: createLogger('test', 'info', { write: (line) => log.push(line) }),
    metrics: new MessageMetrics(registry),
    ...options,
  });
  server.addHandler('echo', async (data, context: MessageContext) => {
    context.trust('monolith');
    return data;
  });
  server.addHandler('unknown', async (data) => data);
  server.addHandler('wait', (data) => new Promise<void>((resolve) => calls.push({ data, finish: resolve })));
  await new Promise<void>((resolve, reject) => server.listen((error) => (error ? reject(error) : resolve())));
  cleanUp.push(() => server.close());
  const open = async (options?: { allowHalfOpen: boolean }) => {
    const socket = await RawSocket.open({ tcpPort: server.address!.port }, options);
    cleanUp.push(() => socket.close());
    return socket;
  };
  const connections = async () => Number(/^tcp_connections (\d+)$/m.exec(await registry.metrics())![1]);
  return { server, log, calls, open, connections };
}

const send = (pattern: string, data: unknown, id = 'x') => framed({ pattern, data, id });
const emit = (pattern: string, data: unknown) => framed({ pattern, data });

/** Enough time for an unexpected event. */
async function manyTurns(): Promise<void> {
  for (let n = 0; n < 100; n += 1) await setImmediate();
}

async function expectServed(socket: RawSocket, pattern = 'echo'): Promise<void> {
  const before = socket.received.length;
  socket.write(send(pattern, 'served'));
  await waitUntil(() => socket.received.slice(before).includes('"response":"served"'));
}

describe('a message that arrives slowly', () => {
  test('closes its connection after the total time even while bytes arrive, and no other connection', async () => {
    const { open, log } = await serve({ limits: { arrivalMs: 300 } });
    const [half, length, trickling, other] = [await open(), await open(), await open(), await open()];
    half.write('100#{"pattern":');
    length.write('10');
    trickling.write('16000#');
    const trickle = setInterval(() => trickling.write('x'), 10);
    const late = () => log.filter((line) => line.includes('a message did not arrive in time')).length;
    while (late() < 3) await expectServed(other);
    await Promise.all([half.closed, length.closed, trickling.closed]);
    clearInterval(trickle);
    await expectServed(other);
    expect(late()).toBe(3);
    for (const line of log.filter((each) => each.includes('a TCP connection broke')))
      expect(JSON.parse(line)).toMatchObject({ level: 40, from: '127.0.0.1' });
  });

  test('has its own time limit, however old the connection is', async () => {
    const { open } = await serve({ limits: { arrivalMs: 700 } });
    const socket = await open();
    const packet = send('echo', 'slow');
    const [head, rest] = [packet.slice(0, 20), packet.slice(20)];
    const end = Date.now() + 1_000;
    socket.write(head);
    while (Date.now() < end) {
      const before = socket.received.length;
      socket.write(rest + head);
      await waitUntil(() => socket.received.length > before);
    }
    socket.write(rest);
    await expectServed(socket);
  });
});

describe('a client that does not read', () => {
  test('receives few results and is disconnected in time, while others are served', async () => {
    const { open, log, server, connections } = await serve({ limits: { stallMs: 500 } });
    let processed = 0;
    server.addHandler('count', async (data, context: MessageContext) => {
      context.trust('monolith');
      processed += 1;
      return data;
    });
    const [slow, other] = [await open(), await open()];
    slow.pause();
    // Results of 50 MB, far more than the buffers of the operating system.
    for (let n = 0; n < 3_000; n += 1) slow.write(send('count', 'x'.repeat(16_000)));
    const stalled = () => log.some((line) => line.includes('results were not read in time'));
    while (!stalled()) await expectServed(other);
    expect(processed).toBeLessThan(1_500);
    await waitUntil(async () => (await connections()) === 1);
    await expectServed(other);
  });
});

test('messages of a client that does not read are processed after it disconnects', async () => {
  const { open, server, connections } = await serve();
  let lists = 0;
  const emitted: unknown[] = [];
  server.addHandler('list', async () => ((lists += 1), 'x'.repeat(1_000_000)));
  server.addHandler('note', async (data) => void emitted.push(data));
  const client = await open();
  client.pause();
  client.write(send('list', '').repeat(30) + emit('note', '').repeat(50));
  await waitUntil(() => lists > 0);
  await manyTurns();
  expect(emitted.length).toBeLessThan(50);
  client.close();
  await waitUntil(() => emitted.length === 50);
  await waitUntil(async () => (await connections()) === 0);
});

describe('at the maximum number of connections', () => {
  const limits = { connections: 3 };

  test('a new connection closes the oldest one of an unknown client', async () => {
    const { open, log, connections } = await serve({ limits });
    const caller = await open();
    await expectServed(caller);
    const unknown = [await open(), await open(), await open(), await open()];
    await unknown[0]!.closed;
    await unknown[1]!.closed;
    await expectServed(unknown[2]!, 'unknown');
    await expectServed(unknown[3]!, 'unknown');
    await expectServed(caller);
    expect(await connections()).toBe(3);
    expect(log.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        msg: 'too many TCP connections: one was closed',
        most: 3,
        from: '127.0.0.1',
      }),
    );
  });

  test('a caller keeps its connection while its first message is processed', async () => {
    const { open, server, calls } = await serve({ limits });
    server.addHandler('work', async (data, context: MessageContext) => {
      context.trust('monolith');
      await new Promise<void>((resolve) => calls.push({ data, finish: resolve }));
    });
    const caller = await open();
    caller.write(send('work', ''));
    await waitUntil(() => calls.length === 1);
    const unknown = [await open(), await open(), await open()];
    await unknown[0]!.closed;
    calls[0]!.finish();
    await waitUntil(() => caller.received !== '');
  });

  test('a new connection is closed if all others belong to callers', async () => {
    const { open } = await serve({ limits });
    const callers = [await open(), await open(), await open()];
    for (const caller of callers) await expectServed(caller);
    await (
      await open()
    ).closed;
    for (const caller of callers) await expectServed(caller);
  });

  test('a new connection is closed before its TLS handshake', async () => {
    const { open, connections } = await serve({ tls: await certificate(), limits: { connections: 0 } });
    for (let n = 0; n < 3; n += 1) await (await open()).closed;
    expect(await connections()).toBe(0);
  });

  test('connections without a completed TLS handshake count, and are closed in time', async () => {
    const tls = await certificate();
    const { open, log, connections } = await serve({ tls, limits: { ...limits, handshakeMs: 1_500 } });
    const silent = [await open(), await open(), await open(), await open()];
    await silent[0]!.closed;
    expect(await connections()).toBe(3);
    await Promise.all(silent.map(({ closed }) => closed));
    await waitUntil(async () => (await connections()) === 0);
    expect(log.filter((line) => line.includes('a TLS handshake over TCP failed'))).not.toHaveLength(0);
  });
});

describe('a message that takes too long', () => {
  test('returns an error, and its connection stays open', async () => {
    const { open, calls } = await serve({ limits: { workMs: 100 } });
    const socket = await open();
    socket.write(send('wait', '', 'slow'));
    await waitUntil(() => socket.received.includes('"id":"slow"'));
    expect(socket.received).toContain('SUBGRAPH_UNAVAILABLE');
    expect(calls).toHaveLength(1);
    await expectServed(socket);
  });
});

describe('a server that drains', () => {
  // Long, so that no test passes because of this limit.
  const limits = { closeMs: 600_000 };

  test('does not wait for idle connections', async () => {
    const { server, open, connections } = await serve({ limits });
    const idle = [await open(), await open()];
    await waitUntil(async () => (await connections()) === 2);
    await server.drain();
    await Promise.all(idle.map(({ closed }) => closed));
  });

  test('does not wait for a client that keeps its side open', async () => {
    const { server, open } = await serve({ limits: { closeMs: 100 } });
    const socket = await open({ allowHalfOpen: true });
    await expectServed(socket);
    await server.drain();
  });

  test('closes a connection with emitted messages, and finishes them', async () => {
    const { server, open, calls } = await serve({ limits });
    const socket = await open();
    socket.write(emit('wait', 'emitted'));
    await waitUntil(() => calls.length === 1);
    let isDrained = false;
    const drained = server.drain().then(() => (isDrained = true));
    await socket.closed;
    await manyTurns();
    expect(isDrained).toBe(false);
    calls[0]!.finish();
    await drained;
  });

  test('waits for messages of a closed connection', async () => {
    const { server, open, calls, connections } = await serve({ limits });
    const socket = await open();
    socket.write(emit('wait', 'emitted'));
    socket.end();
    await waitUntil(async () => calls.length === 1 && (await connections()) === 0);
    let isDrained = false;
    const drained = server.drain().then(() => (isDrained = true));
    await manyTurns();
    expect(isDrained).toBe(false);
    calls[0]!.finish();
    await drained;
  });

  test('finishes all messages that clients emitted before they disconnected', async () => {
    const { server, open, calls, connections } = await serve({ limits });
    const socket = await open();
    for (let n = 0; n < 40; n += 1) socket.write(emit('wait', n));
    socket.end();
    await waitUntil(() => calls.length === 32);
    const drained = server.drain();
    for (let n = 0; n < 40; n += 1) {
      await waitUntil(() => calls.length > n);
      calls[n]!.finish();
    }
    await drained;
    expect(calls.map(({ data }) => data)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(await connections()).toBe(0);
  });

  test('sends pending results before it closes', async () => {
    const { server, open, calls } = await serve({ limits });
    const socket = await open();
    socket.write(send('wait', '') + emit('wait', ''));
    await waitUntil(() => calls.length === 2);
    const drained = server.drain();
    calls[1]!.finish();
    calls[0]!.finish();
    await socket.closed;
    expect(socket.received).toContain('"id":"x"');
    await drained;
  });
});

describe('the log', () => {
  test('has at most ten lines a second about unknown clients, and the number of omitted lines', async () => {
    const { open, log } = await serve();
    const socket = await open();
    for (let n = 0; n < 500; n += 1) socket.write(send('unknown', n));
    await waitUntil(() => log.some((line) => line.includes('more TCP warnings were left out')));
    const lines = log.map((line) => JSON.parse(line) as { leftOut?: number; requestId?: string });
    const leftOut = lines.reduce((sum, line) => sum + (line.leftOut ?? 0), 0);
    const logged = lines.filter((line) => line.leftOut === undefined);
    expect(logged.length).toBeLessThanOrEqual(50);
    expect(leftOut).toBeGreaterThan(0);
    for (const line of lines) expect(line.requestId === undefined).toBe(line.leftOut !== undefined);
    await waitUntil(() => socket.received.split('"isDisposed"').length > 500);
  });

  test('has every message of a caller', async () => {
    const { open, log } = await serve();
    const socket = await open();
    for (let n = 0; n < 100; n += 1) socket.write(send('echo', n));
    await waitUntil(() => log.filter((line) => line.includes('"caller":"monolith"')).length === 100);
  });
});
