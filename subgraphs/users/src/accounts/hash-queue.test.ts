import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { forCallerOf } from '@kit/service';
import type { FastifyRequest } from 'fastify';
import { TooBusy } from './too-busy.js';
import { HashQueue } from './hash-queue.js';

/** Makes jobs that run until `end` is called. */
function makeJobs() {
  let end = (): void => {};
  const promise = new Promise<void>((resolve) => (end = resolve));
  const started: number[] = [];
  return { started, end: () => end(), job: (n: number) => () => (started.push(n), promise) };
}

const caller = (timeoutMs: number, socket = { destroyed: false }) =>
  ({ headers: { 'x-timeout-ms': String(timeoutMs) }, raw: { socket } }) as unknown as FastifyRequest;

describe('the hash queue', () => {
  test('runs a limited number of jobs at once, and the others in order', async () => {
    const queue = new HashQueue(2);
    const { started, end, job } = makeJobs();
    const all = [1, 2, 3, 4, 5].map((n) => queue.run(job(n)));
    expect(started).toEqual([1, 2]);
    end();
    await Promise.all(all);
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  test('starts the next job after one that fails', async () => {
    const queue = new HashQueue(1);
    await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(queue.run(async () => 'yes')).resolves.toBe('yes');
  });

  test('rejects a job when the queue is full, with a time to retry after', async () => {
    const queue = new HashQueue(1, 2);
    const { end, job } = makeJobs();
    const all = [1, 2, 3].map((n) => queue.run(job(n)));
    const rejection = await queue.run(job(4)).catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(TooBusy);
    expect((rejection as TooBusy).retryAfterSeconds).toBeGreaterThan(0);
    end();
    await Promise.all(all);
    await expect(queue.run(async () => 'again')).resolves.toBe('again');
  });

  test('rejects a job at once if it would end after the deadline of its caller', async () => {
    const queue = new HashQueue(1);
    const { started, end, job } = makeJobs();
    const all = Array.from({ length: 20 }, (_, n) => queue.run(job(n)));
    await expect(forCallerOf(caller(1_000), () => queue.run(job(100)))).rejects.toThrow(TooBusy);
    const patient = forCallerOf(caller(60_000), () => queue.run(job(200)));
    end();
    await Promise.all([...all, patient]);
    expect(started).not.toContain(100);
    expect(started).toContain(200);
  });

  test('rejects a queued job before the deadline of its caller if the jobs before it take too long', async () => {
    const queue = new HashQueue(1);
    const { started, end, job } = makeJobs();
    const first = queue.run(job(1));
    // Timers fire in the order of their times, even in a busy process.
    const timeout = delay(700).then(() => 'the caller timed out');
    const rejected = forCallerOf(caller(700), () => queue.run(job(2))).catch((reason: unknown) => reason);
    expect(await Promise.race([timeout, rejected])).toBeInstanceOf(TooBusy);
    end();
    await first;
    await queue.run(job(3));
    expect(started).toEqual([1, 3]);
  });

  test('skips a caller that has disconnected', async () => {
    const queue = new HashQueue(1);
    const { started, end, job } = makeJobs();
    const socket = { destroyed: false };
    const first = queue.run(job(1));
    const gone = forCallerOf(caller(60_000, socket), () => queue.run(job(2)));
    const next = queue.run(job(3));
    socket.destroyed = true;
    end();
    await expect(gone).rejects.toThrow(TooBusy);
    await Promise.all([first, next]);
    expect(started).toEqual([1, 3]);
  });
});
