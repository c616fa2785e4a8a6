import { describe, expect, test } from '@jest/globals';
import { Turnstile } from './turnstile.js';

describe('a turnstile', () => {
  test('lets so many in at a time, the others in order, and whoever gave up not at all', async () => {
    const turnstile = new Turnstile(2);
    const entered: string[] = [];
    const leave: Record<string, () => void> = {};
    const enter = (who: string, isWanted = () => true) =>
      turnstile.pass(async () => {
        entered.push(who);
        await new Promise<void>((resolve) => (leave[who] = resolve));
        return who;
      }, isWanted);
    const [first, , third, fourth] = [
      enter('first'),
      enter('second'),
      enter('third', () => false),
      enter('fourth'),
    ];
    expect(entered).toEqual(['first', 'second']);
    leave['first']!();
    expect([await first, await third]).toEqual(['first', null]);
    expect(entered).toEqual(['first', 'second', 'fourth']);
    leave['fourth']!();
    expect(await fourth).toBe('fourth');
  });

  test('goes on after work that failed', async () => {
    const turnstile = new Turnstile(1);
    const failing = turnstile.pass(
      () => Promise.reject(new Error('broken')),
      () => true,
    );
    const next = turnstile.pass(
      () => Promise.resolve('done'),
      () => true,
    );
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });
});
