import { describe, expect, test } from '@jest/globals';
import { KeyedQueue } from './keyed-queue.js';

describe('KeyedQueue', () => {
  test('runs work of the same key in order, each after the one before has ended or failed', async () => {
    const queue = new KeyedQueue();
    const seen: string[] = [];
    const work = (n: number) => async () => {
      seen.push(`begin ${n}`);
      await new Promise(setImmediate);
      seen.push(`end ${n}`);
      if (n === 1) throw new Error('no luck');
      return n;
    };
    const results = await Promise.allSettled([1, 2, 3].map((n) => queue.run('ada', work(n))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('runs work of another key without waiting', async () => {
    const queue = new KeyedQueue();
    let end = () => {};
    const first = queue.run('ada', () => new Promise<void>((resolve) => (end = resolve)));
    expect(await queue.run('bob', async () => 'at once')).toBe('at once');
    end();
    await first;
  });
});
