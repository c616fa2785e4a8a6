import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { lastValueFrom } from 'rxjs';
import { NoAnswerException } from './exceptions.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { eventually } from './testing/eventually.js';
import { FakeService, ignore } from './testing/fake-service.js';

const PATTERN = { cmd: 'anything' };
/** In all, more than the buffers of an operating system take. */
const LARGE = 'x'.repeat(15_000);
const MANY = 8_000;

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

/** What the client logs. */
function warnings(): string[] {
  const lines: string[] = [];
  jest.spyOn(client['logger'], 'warn').mockImplementation((line: string) => void lines.push(line));
  return lines;
}

describe('emit', () => {
  test('sends without a subscriber, once, and completes', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port);
    const emitted = client.emit(PATTERN, 1);
    await eventually(() => service!.packets.length === 1);
    await Promise.all([lastValueFrom(emitted), lastValueFrom(emitted)]);
    expect(await lastValueFrom(emitted)).toBeUndefined();
    await lastValueFrom(client.emit(PATTERN, 2));
    await eventually(() => service!.packets.length === 2);
    expect(service.packets.map(({ data }) => data)).toEqual([1, 2]);
  });

  test('logs a message that could not be sent, without its data, when nothing subscribes', async () => {
    client = newClient(port, { timeoutMs: 100 });
    const logged = warnings();
    client.emit(PATTERN, { email: 'ada@example.com' });
    await eventually(() => logged.length === 1);
    expect(logged[0]).toMatch(/^Emitting \{"cmd":"anything"\} failed: 127\.0\.0\.1:\d+ cannot be reached: /);
    expect(logged[0]).not.toContain('ada');
  });

  test.each<[string, (broken: FakeService) => void]>([
    ['breaks', (broken) => broken.breakConnections()],
    [
      'ends, though its other end reads nothing,',
      (broken) => broken.sockets.forEach((socket) => socket.end()),
    ],
  ])('completes when a message is written, and fails when the connection %s before', async (_, breakIt) => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2 ** 31 - 1 });
    warnings();
    await client.connect();
    for (const socket of service.sockets) socket.pause();
    const done: string[] = [];
    const emitted = Array.from({ length: MANY }, () =>
      lastValueFrom(client.emit(PATTERN, LARGE)).then(
        () => void done.push('written'),
        (error: unknown) => void done.push(error instanceof NoAnswerException ? 'failed' : String(error)),
      ),
    );
    await eventually(() => done.length > 0 && client['socket']!.netSocket.writableLength > 1_000_000);
    expect(new Set(done)).toEqual(new Set(['written']));
    const before = done.length;
    breakIt(service);
    await Promise.all(emitted);
    expect(new Set(done.slice(before))).toEqual(new Set(['failed']));
  });

  test('does not wait for a service that reads nothing longer than its time', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 500 });
    warnings();
    await client.connect();
    for (const socket of service.sockets) socket.pause();
    const last = Array.from({ length: MANY }, () => client.emit(PATTERN, LARGE)).at(-1)!;
    const failure = await failureOf(last);
    expect(failure).toBeInstanceOf(NoAnswerException);
    expect(failure.message).toContain('the message was not written in time');
  });

  test('has another connection after one that took nothing any more', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2_000 });
    warnings();
    await client.connect();
    for (const socket of service.sockets) socket.pause();
    await failureOf(Array.from({ length: MANY }, () => client.emit(PATTERN, LARGE)).at(-1)!);
    await failureOf(client.emit(PATTERN, 'lost'));
    await lastValueFrom(client.emit(PATTERN, 'after'));
    await eventually(() => service!.packets.some(({ data }) => data === 'after'));
    expect(service.connections).toBe(2);
  });

  test('before close is still written', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 20_000 });
    await client.connect();
    const emitted = Array.from({ length: 100 }, (_, n) => client.emit(PATTERN, n));
    await Promise.all(emitted.map((message) => lastValueFrom(message)));
    client.close();
    await eventually(() => service!.packets.length === 100);
  });
});
