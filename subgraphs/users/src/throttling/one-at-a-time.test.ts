import { describe, expect, test } from '@jest/globals';
import { OneAtATime } from './one-at-a-time.js';

describe('work', () => {
  test('of one name is done in order, each piece when the one before has ended, even by an error', async () => {
    const oneAtATime = new OneAtATime();
    const seen: string[] = [];
    const work = (n: number) => async () => {
      seen.push(`begin ${n}`);
      await new Promise(setImmediate);
      seen.push(`end ${n}`);
      if (n === 1) throw new Error('no luck');
      return n;
    };
    const results = await Promise.allSettled([1, 2, 3].map((n) => oneAtATime.run('ada', work(n))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('of another name does not wait', async () => {
    const oneAtATime = new OneAtATime();
    let end = () => {};
    const first = oneAtATime.run('ada', () => new Promise<void>((resolve) => (end = resolve)));
    expect(await oneAtATime.run('bob', async () => 'at once')).toBe('at once');
    end();
    await first;
  });
});
