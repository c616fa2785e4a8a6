import { describe, expect, test } from '@jest/globals';
import { Turns } from './turns.js';

describe('turns', () => {
  test('of one name come one at a time and in order, and one that fails stops nobody', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const work = (n: number) => async () => {
      seen.push(`begin ${n}`);
      await new Promise(setImmediate);
      seen.push(`end ${n}`);
      if (n === 1) throw new Error('no luck');
      return n;
    };
    const results = await Promise.allSettled([1, 2, 3].map((n) => turns.take('ada', work(n))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('of another name do not wait', async () => {
    const turns = new Turns();
    let end = () => {};
    const first = turns.take('ada', () => new Promise<void>((resolve) => (end = resolve)));
    expect(await turns.take('bob', async () => 'at once')).toBe('at once');
    end();
    await first;
  });
});
