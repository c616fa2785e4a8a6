import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { forCallerOf } from '@supergraph/service/request-deadline';
import type { FastifyRequest } from 'fastify';
import { TooBusy } from './too-busy.js';
import { HashQueue } from './hash-queue.js';

/** Work that goes on until it is told to end. */
function work() {
  let end = (): void => {};
  const promise = new Promise<void>((resolve) => (end = resolve));
  const begun: number[] = [];
  return { begun, end: () => end(), doing: (n: number) => () => (begun.push(n), promise) };
}

const caller = (timeoutMs: number, socket = { destroyed: false }) =>
  ({ headers: { 'x-timeout-ms': String(timeoutMs) }, raw: { socket } }) as unknown as FastifyRequest;

describe('work that takes queue', () => {
  test('is done so much at once, and the rest in the order in which it came', async () => {
    const queue = new HashQueue(2);
    const { begun, end, doing } = work();
    const all = [1, 2, 3, 4, 5].map((n) => queue.run(doing(n)));
    expect(begun).toEqual([1, 2]);
    end();
    await Promise.all(all);
    expect(begun).toEqual([1, 2, 3, 4, 5]);
  });

  test('makes room when it fails, too', async () => {
    const queue = new HashQueue(1);
    await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(queue.run(async () => 'yes')).resolves.toBe('yes');
  });

  test('is refused when too many wait already, with the time after which they will not', async () => {
    const queue = new HashQueue(1, 2);
    const { end, doing } = work();
    const all = [1, 2, 3].map((n) => queue.run(doing(n)));
    const refusal = await queue.run(doing(4)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TooBusy);
    expect((refusal as TooBusy).retryAfterSeconds).toBeGreaterThan(0);
    end();
    await Promise.all(all);
    await expect(queue.run(async () => 'again')).resolves.toBe('again');
  });

  test('is refused at once when the answer would come too late for who asks', async () => {
    const queue = new HashQueue(1);
    const { begun, end, doing } = work();
    const all = Array.from({ length: 20 }, (_, n) => queue.run(doing(n)));
    await expect(forCallerOf(caller(1_000), () => queue.run(doing(100)))).rejects.toThrow(TooBusy);
    const patient = forCallerOf(caller(60_000), () => queue.run(doing(200)));
    end();
    await Promise.all([...all, patient]);
    expect(begun).not.toContain(100);
    expect(begun).toContain(200);
  });

  test('is refused while they still wait when it takes longer than it was expected to', async () => {
    const queue = new HashQueue(1);
    const { begun, end, doing } = work();
    const first = queue.run(doing(1));
    // Timers go off in the order of their times, however busy the process was.
    const left = delay(700).then(() => 'they have left');
    const refused = forCallerOf(caller(700), () => queue.run(doing(2))).catch((reason: unknown) => reason);
    expect(await Promise.race([left, refused])).toBeInstanceOf(TooBusy);
    end();
    await first;
    await queue.run(doing(3));
    expect(begun).toEqual([1, 3]);
  });

  test('is not begun for who has gone, and whoever comes after them is next', async () => {
    const queue = new HashQueue(1);
    const { begun, end, doing } = work();
    const socket = { destroyed: false };
    const first = queue.run(doing(1));
    const gone = forCallerOf(caller(60_000, socket), () => queue.run(doing(2)));
    const next = queue.run(doing(3));
    socket.destroyed = true;
    end();
    await expect(gone).rejects.toThrow(TooBusy);
    await Promise.all([first, next]);
    expect(begun).toEqual([1, 3]);
  });
});
