import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { lastValueFrom } from 'rxjs';
import { Backoff } from './backoff.js';
import { NoAnswerException, UnreachableException } from './exceptions.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { echo, FakeService, ignore, sendText } from './testing/fake-service.js';
import { swallowingPort } from './testing/swallowing-port.js';

const PATTERN = { cmd: 'anything' };
const LONG_TIMEOUT = { timeoutMs: 25_000 };

let port: number;
let client: SubscribersClient;
let service: FakeService | undefined;
beforeEach(async () => {
  port = await freePort();
});
afterEach(async () => {
  client.close();
  await service?.stop();
  service = undefined;
});

const send = (data: unknown = 'hello') => lastValueFrom(client.send(PATTERN, data));

describe('a service that is down', () => {
  test('is retried until it is up, with the same attempts for all callers', async () => {
    client = newClient(port, LONG_TIMEOUT);
    const results = Promise.all(Array.from({ length: 100 }, (_, n) => send(n)));
    await failureOf(newClient(port, { timeoutMs: 100 }).connect());
    service = await FakeService.start(echo, { port });
    expect(await results).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(service.connections).toBe(1);
  });

  test('causes an UnreachableException with the reason in time, for send, emit and connect', async () => {
    client = newClient(port, { timeoutMs: 200 });
    for (const attempt of [
      () => client.send(PATTERN, 1),
      () => client.emit(PATTERN, 1),
      () => client.connect(),
    ]) {
      const failure = await failureOf(attempt());
      expect(failure).toBeInstanceOf(UnreachableException);
      expect(failure.message).toBe(
        `127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
      );
    }
  });

  test('causes an UnreachableException for an unknown host name', async () => {
    client = newClient(port, { host: 'no-such-host.invalid', timeoutMs: 200 });
    expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(UnreachableException);
  });
});

test('a port of a frozen process causes an UnreachableException in time', async () => {
  const swallowing = await swallowingPort();
  try {
    await waitUntil(swallowing.isFull);
    client = newClient(swallowing.port, { timeoutMs: 300 });
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(client.send(PATTERN, 1))));
    for (const failure of failures) expect(failure).toBeInstanceOf(UnreachableException);
    // The next message starts another attempt, which times out as well.
    expect((await failureOf(client.send(PATTERN, 1))).message).toContain('no connection within 300 ms');
  } finally {
    swallowing.stop();
  }
});

describe('a connection that breaks', () => {
  test.each<[string, (broken: FakeService) => void]>([
    ['is reset', (broken) => broken.breakConnections()],
    ['is closed', (broken) => broken.sockets.forEach((socket) => socket.end())],
  ])('and %s fails all waiting messages at once, and the next message reconnects', async (_, breakIt) => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2 ** 31 - 1 });
    const failures = Promise.all(Array.from({ length: 100 }, (__, n) => failureOf(client.send(PATTERN, n))));
    await waitUntil(() => service!.packets.length === 100);
    service.behaviour = echo;
    breakIt(service);
    for (const failure of await failures) {
      expect(failure).toBeInstanceOf(NoAnswerException);
      expect(failure.message).toBe(`127.0.0.1:${port} did not respond: Connection closed`);
    }
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(2);
  });

  test('without waiting messages is replaced by the next message', async () => {
    service = await FakeService.start(echo, { port });
    client = newClient(port, LONG_TIMEOUT);
    for (let round = 1; round <= 5; round += 1) {
      expect(await send(round)).toBe(round);
      service.breakConnections();
      await waitUntil(() => client['socket'] === null);
    }
    expect(service.connections).toBe(5);
  });

  test('is not used before its close event', async () => {
    service = await FakeService.start(echo, { port });
    client = newClient(port, LONG_TIMEOUT);
    await send();
    client.unwrap<Socket>().destroy();
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(2);
  });

  test('is logged without the received data, and failed attempts to connect are not logged', async () => {
    const logged: string[] = [];
    const spyOn = (spied: SubscribersClient) =>
      jest.spyOn(spied['logger'], 'warn').mockImplementation((line: string) => void logged.push(line));
    client = newClient(port, { host: 'no-such-host.invalid', timeoutMs: 200 });
    spyOn(client);
    await failureOf(client.send(PATTERN, 1));
    client = newClient(port, LONG_TIMEOUT);
    spyOn(client);
    service = await FakeService.start((_, socket) => sendText(socket, 'ada@example.com'), { port });
    await failureOf(client.send(PATTERN, 1));
    expect(logged).toEqual([
      `The connection to 127.0.0.1:${port} broke: the server sent an invalid message (InvalidJSONFormatException)`,
    ]);
  });
});

describe('a message that times out', () => {
  test('fails with NoAnswerException, and a silent connection is replaced', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 1_500 });
    const failure = await failureOf(client.send(PATTERN, 1));
    expect(failure).toBeInstanceOf(NoAnswerException);
    expect(failure.message).toBe(`127.0.0.1:${port} did not respond: nothing within 1500 ms`);
    service.behaviour = echo;
    await waitUntil(() => service!.connections === 1);
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(2);
    await waitUntil(() => service!.sockets.size === 1);
  });

  test('does not replace a connection with results for other messages', async () => {
    service = await FakeService.start(
      (packet, socket) => void (packet.data === 'slow' || echo(packet, socket)),
      {
        port,
      },
    );
    client = newClient(port, { timeoutMs: 1_000 });
    const slow = failureOf(client.send(PATTERN, 'slow'));
    await waitUntil(() => service!.packets.length === 1);
    expect(await send()).toBe('hello');
    expect(await slow).toBeInstanceOf(NoAnswerException);
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(1);
  });
});

describe('close', () => {
  test('fails callers that wait for a connection, and a later message reconnects', async () => {
    client = newClient(port, { timeoutMs: 2 ** 31 - 1 });
    const waiting = [
      failureOf(client.send(PATTERN, 1)),
      failureOf(client.emit(PATTERN, 1)),
      failureOf(client.connect()),
    ];
    client.close();
    const later = send();
    for (const failure of await Promise.all(waiting)) {
      expect(failure).toBeInstanceOf(UnreachableException);
      expect(failure.message).toBe(`127.0.0.1:${port} cannot be reached: the client was closed`);
    }
    service = await FakeService.start(echo, { port });
    expect(await later).toBe('hello');
  });

  test('fails callers while the client connects', async () => {
    const swallowing = await swallowingPort();
    try {
      await waitUntil(swallowing.isFull);
      client = newClient(swallowing.port, { timeoutMs: 2 ** 31 - 1 });
      const waiting = failureOf(client.send(PATTERN, 1));
      await waitUntil(() => client['socket']?.netSocket.connecting === true);
      client.close();
      expect((await waiting).message).toContain('the client was closed');
    } finally {
      swallowing.stop();
    }
  });

  test('fails messages that wait for their results', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2 ** 31 - 1 });
    const waiting = failureOf(client.send(PATTERN, 1));
    await waitUntil(() => service!.packets.length === 1);
    client.close();
    expect(await waiting).toBeInstanceOf(NoAnswerException);
    await waitUntil(() => service!.sockets.size === 0);
  });

  test('may be called at any time', async () => {
    client = newClient(port);
    client.close();
    client.close();
    service = await FakeService.start(echo, { port });
    expect(await send()).toBe('hello');
    client.close();
    client.close();
    expect(await send()).toBe('hello');
  });
});

test('Backoff doubles the pause up to a maximum, until it is reset', () => {
  const backoff = new Backoff(100_000);
  expect(backoff.waitMs).toBe(0);
  backoff.begin();
  expect(backoff.waitMs).toBeLessThanOrEqual(50);
  for (let attempt = 0; attempt < 20; attempt += 1) backoff.begin();
  expect(backoff.waitMs).toBeLessThanOrEqual(100_000);
  expect(backoff.waitMs).toBeGreaterThan(40_000);
  backoff.reset();
  expect(backoff.waitMs).toBe(0);
});

test('connections without a response are retried with backoff, and a response resets it', async () => {
  service = await FakeService.start((_, socket) => socket.destroy(), { port });
  client = newClient(port, { timeoutMs: 25_000 });
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const startedAt = performance.now();
    expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(NoAnswerException);
    pauses.push(performance.now() - startedAt);
  }
  expect(service.connections).toBe(5);
  // At least 25 + 50 + 100 + 200 ms of pauses, minus the time of the messages.
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(350);
  // With pauses, these rounds would take at least four seconds.
  service.behaviour = echo;
  await send();
  const startedAt = performance.now();
  for (let round = 0; round < 5; round += 1) {
    service.breakConnections();
    await waitUntil(() => client['socket'] === null);
    await send();
  }
  expect(performance.now() - startedAt).toBeLessThan(3_500);
});
