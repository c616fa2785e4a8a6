import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { lastValueFrom } from 'rxjs';
import { Backoff } from './backoff.js';
import { NoAnswerException, UnreachableException } from './exceptions.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { eventually } from './testing/eventually.js';
import { echo, FakeService, ignore, sendText } from './testing/fake-service.js';
import { swallowingPort } from './testing/swallowing-port.js';

const PATTERN = { cmd: 'anything' };
const PATIENT = { timeoutMs: 25_000 };

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

describe('a service that is away', () => {
  test('is waited for, by all callers with the same attempts', async () => {
    client = newClient(port, PATIENT);
    const answers = Promise.all(Array.from({ length: 100 }, (_, n) => send(n)));
    await failureOf(newClient(port, { timeoutMs: 100 }).connect());
    service = await FakeService.start(echo, { port });
    expect(await answers).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(service.connections).toBe(1);
  });

  test('is unreachable in time, for send, emit and connect; the reason is told', async () => {
    client = newClient(port, { timeoutMs: 200 });
    for (const work of [
      () => client.send(PATTERN, 1),
      () => client.emit(PATTERN, 1),
      () => client.connect(),
    ]) {
      const failure = await failureOf(work());
      expect(failure).toBeInstanceOf(UnreachableException);
      expect(failure.message).toBe(
        `127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
      );
    }
  });

  test('may be at a name that does not exist', async () => {
    client = newClient(port, { host: 'no-such-host.invalid', timeoutMs: 200 });
    expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(UnreachableException);
  });

  test('is found again by a later message', async () => {
    client = newClient(port, { timeoutMs: 300 });
    await failureOf(client.send(PATTERN, 1));
    client.close();
    service = await FakeService.start(echo, { port });
    client = newClient(port, PATIENT);
    expect(await send()).toBe('hello');
  });
});

test('a port that swallows connections is unreachable in time', async () => {
  const swallowing = await swallowingPort();
  try {
    await eventually(swallowing.isFull);
    client = newClient(swallowing.port, { timeoutMs: 300 });
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(client.send(PATTERN, 1))));
    for (const failure of failures) expect(failure).toBeInstanceOf(UnreachableException);
    // The next message has an attempt of its own, which ends as well.
    expect((await failureOf(client.send(PATTERN, 1))).message).toContain('no connection within 300 ms');
  } finally {
    swallowing.stop();
  }
});

describe('a connection that breaks', () => {
  test.each<[string, (broken: FakeService) => void]>([
    ['by a reset', (broken) => broken.breakConnections()],
    ['by an end', (broken) => broken.sockets.forEach((socket) => socket.end())],
  ])('%s fails all that waits at once, and the next message has another', async (_, breakIt) => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2 ** 31 - 1 });
    const failures = Promise.all(Array.from({ length: 100 }, (__, n) => failureOf(client.send(PATTERN, n))));
    await eventually(() => service!.packets.length === 100);
    service.behaviour = echo;
    breakIt(service);
    for (const failure of await failures) {
      expect(failure).toBeInstanceOf(NoAnswerException);
      expect(failure.message).toBe(`127.0.0.1:${port} did not answer: Connection closed`);
    }
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(2);
  });

  test('while nothing is sent is replaced by the next message', async () => {
    service = await FakeService.start(echo, { port });
    client = newClient(port, PATIENT);
    for (let round = 1; round <= 5; round += 1) {
      expect(await send(round)).toBe(round);
      service.breakConnections();
      await eventually(() => client['socket'] === null);
    }
    expect(service.connections).toBe(5);
  });

  test('is not used in the moment before it is closed', async () => {
    service = await FakeService.start(echo, { port });
    client = newClient(port, PATIENT);
    await send();
    client.unwrap<Socket>().destroy();
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(2);
  });

  test('is logged, without what came, and failed attempts are not', async () => {
    const logged: string[] = [];
    const spyOn = (spied: SubscribersClient) =>
      jest.spyOn(spied['logger'], 'warn').mockImplementation((line: string) => void logged.push(line));
    client = newClient(port, { host: 'no-such-host.invalid', timeoutMs: 200 });
    spyOn(client);
    await failureOf(client.send(PATTERN, 1));
    client = newClient(port, PATIENT);
    spyOn(client);
    service = await FakeService.start((_, socket) => sendText(socket, 'ada@example.com'), { port });
    await failureOf(client.send(PATTERN, 1));
    expect(logged).toEqual([
      `The connection to 127.0.0.1:${port} broke: the server sent an invalid answer (InvalidJSONFormatException)`,
    ]);
  });
});

describe('a message that is not answered in time', () => {
  test('leaves the outcome open', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 1_500 });
    const failure = await failureOf(client.send(PATTERN, 1));
    expect(failure).toBeInstanceOf(NoAnswerException);
    expect(failure.message).toBe(`127.0.0.1:${port} did not answer: nothing within 1500 ms`);
  });

  test('on a connection that is dead has the next one on another', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 3_000 });
    await failureOf(client.send(PATTERN, 1));
    service.behaviour = echo;
    await eventually(() => service!.connections === 1);
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(2);
    await eventually(() => service!.sockets.size === 1);
  });

  test('on a connection that answers others leaves it alone', async () => {
    service = await FakeService.start(
      (packet, socket) => void (packet.data === 'slow' || echo(packet, socket)),
      {
        port,
      },
    );
    client = newClient(port, { timeoutMs: 1_000 });
    const slow = failureOf(client.send(PATTERN, 'slow'));
    await eventually(() => service!.packets.length === 1);
    expect(await send()).toBe('hello');
    expect(await slow).toBeInstanceOf(NoAnswerException);
    expect(await send()).toBe('hello');
    expect(service.connections).toBe(1);
  });
});

describe('close', () => {
  test('rejects callers that wait for a connection, and a later message has one', async () => {
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

  test('rejects callers while a connection is under way', async () => {
    const swallowing = await swallowingPort();
    try {
      await eventually(swallowing.isFull);
      client = newClient(swallowing.port, { timeoutMs: 2 ** 31 - 1 });
      const waiting = failureOf(client.send(PATTERN, 1));
      await eventually(() => client['socket']?.netSocket.connecting === true);
      client.close();
      expect((await waiting).message).toContain('the client was closed');
    } finally {
      swallowing.stop();
    }
  });

  test('rejects messages that wait for their answers', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2 ** 31 - 1 });
    const waiting = failureOf(client.send(PATTERN, 1));
    await eventually(() => service!.packets.length === 1);
    client.close();
    expect(await waiting).toBeInstanceOf(NoAnswerException);
    await eventually(() => service!.sockets.size === 0);
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

test('pauses between attempts grow up to the longest, and an answer ends them', () => {
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

test('connections that bring no answer have pauses between them, too', async () => {
  service = await FakeService.start((_, socket) => socket.destroy(), { port });
  client = newClient(port, { timeoutMs: 25_000 });
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const begun = performance.now();
    expect(await failureOf(client.send(PATTERN, 1))).toBeInstanceOf(NoAnswerException);
    pauses.push(performance.now() - begun);
  }
  expect(service.connections).toBe(6);
  // 25 + 50 + 100 + 200 + 400 ms at least, less what the messages themselves took.
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(700);
  // An answer ends the pauses: with them, these rounds would take 6 seconds at least.
  service.behaviour = echo;
  await send();
  const begun = performance.now();
  for (let round = 0; round < 10; round += 1) {
    service.breakConnections();
    await eventually(() => client['socket'] === null);
    await send();
  }
  expect(performance.now() - begun).toBeLessThan(5_000);
});
