import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { lastValueFrom } from 'rxjs';
import { NoAnswerException } from './exceptions.js';
import type { SubscribersClient } from './subscribers-client.js';
import { failureOf, newClient } from './testing/client.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { FakeService, ignore } from './testing/fake-service.js';

const PATTERN = { cmd: 'anything' };
/** Together, more than the buffers of an operating system hold. */
const LARGE = 'x'.repeat(15_000);
const MANY = 2_000;

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

/** Collects the warnings of the client. */
function warnings(): string[] {
  const lines: string[] = [];
  jest.spyOn(client['logger'], 'warn').mockImplementation((line: string) => void lines.push(line));
  return lines;
}

describe('emit', () => {
  test('sends once without a subscription, and completes', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port);
    const emitted = client.emit(PATTERN, 1);
    await waitUntil(() => service!.packets.length === 1);
    await Promise.all([lastValueFrom(emitted), lastValueFrom(emitted)]);
    expect(await lastValueFrom(emitted)).toBeUndefined();
    await lastValueFrom(client.emit(PATTERN, 2));
    await waitUntil(() => service!.packets.length === 2);
    expect(service.packets.map(({ data }) => data)).toEqual([1, 2]);
  });

  test('logs a message that cannot be sent, without its data', async () => {
    client = newClient(port, { timeoutMs: 100 });
    const logged = warnings();
    client.emit(PATTERN, { email: 'ada@example.com' });
    await waitUntil(() => logged.length === 1);
    expect(logged[0]).toMatch(/^Emitting \{"cmd":"anything"\} failed: 127\.0\.0\.1:\d+ cannot be reached: /);
    expect(logged[0]).not.toContain('ada');
  });

  test.each<[string, (broken: FakeService) => void]>([
    ['breaks', (broken) => broken.breakConnections()],
    [
      'is closed by a service that reads nothing',
      (broken) => broken.sockets.forEach((socket) => socket.end()),
    ],
  ])('completes for written messages, and fails for others if the connection %s', async (_, breakIt) => {
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
    await waitUntil(() => done.length > 0 && client['socket']!.netSocket.writableLength > 1_000_000);
    expect(new Set(done)).toEqual(new Set(['written']));
    const before = done.length;
    breakIt(service);
    await Promise.all(emitted);
    expect(new Set(done.slice(before))).toEqual(new Set(['failed']));
  });

  test('fails in time if the service reads nothing', async () => {
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

  test('replaces a connection that the service no longer reads', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 2_000 });
    warnings();
    await client.connect();
    for (const socket of service.sockets) socket.pause();
    await failureOf(Array.from({ length: MANY }, () => client.emit(PATTERN, LARGE)).at(-1)!);
    await failureOf(client.emit(PATTERN, 'lost'));
    await lastValueFrom(client.emit(PATTERN, 'after'));
    await waitUntil(() => service!.packets.some(({ data }) => data === 'after'));
    expect(service.connections).toBe(2);
  });

  test('is still written after close', async () => {
    service = await FakeService.start(ignore, { port });
    client = newClient(port, { timeoutMs: 20_000 });
    await client.connect();
    const emitted = Array.from({ length: 100 }, (_, n) => client.emit(PATTERN, n));
    await Promise.all(emitted.map((message) => lastValueFrom(message)));
    client.close();
    await waitUntil(() => service!.packets.length === 100);
  });
});
