import { describe, expect, test } from '@jest/globals';
import { Load } from './load.js';

const LIMITS = { inFlight: 100, delayMs: 200 };

/** So many operations that never end. */
function busy(count: number): Load {
  const load = new Load(LIMITS);
  for (let n = 0; n < count; n += 1) load.begin();
  return load;
}

/** An event loop that is so late at each of these samples, which are due every 100 ms. */
function late(load: Load, ...lateMs: number[]): Load {
  let now = 0;
  for (const ms of lateMs) load.sample((now += 100 + ms));
  return load;
}

describe('the load', () => {
  test('is too much when as many operations are under way as there may be, until one ends', () => {
    const load = busy(99);
    load.begin();
    expect(load.isTooMuch).toBe(true);
    load.end();
    expect(load.isTooMuch).toBe(false);
  });

  test('is too much while the event loop is late again and again', () => {
    expect(late(busy(60), 300, 300, 300).isTooMuch).toBe(true);
    expect(late(busy(60), 300, 300, 300, 0).isTooMuch).toBe(false);
  });

  test('is not too much for one pause, as of a new schema', () => {
    expect(late(busy(60), 0, 0, 350).isTooMuch).toBe(false);
  });

  test('is not too much while few operations are under way: others make the machine slow', () => {
    expect(late(busy(10), 5_000, 5_000, 5_000).isTooMuch).toBe(false);
  });
});
