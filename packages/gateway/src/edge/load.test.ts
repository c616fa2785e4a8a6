import { describe, expect, test } from '@jest/globals';
import { Load } from './load.js';

const LIMITS = { inFlight: 100, delayMs: 200 };

/** A load with `count` operations that do not end. */
function busy(count: number): Load {
  const load = new Load(LIMITS);
  for (let n = 0; n < count; n += 1) load.begin();
  return load;
}

/** Adds samples with these event-loop delays. Samples are due every 100 ms. */
function late(load: Load, ...lateMs: number[]): Load {
  let now = 0;
  for (const ms of lateMs) load.sample((now += 100 + ms));
  return load;
}

describe('the load', () => {
  test('is too high at the maximum number of concurrent operations, until one ends', () => {
    const load = busy(99);
    load.begin();
    expect(load.isTooMuch).toBe(true);
    load.end();
    expect(load.isTooMuch).toBe(false);
  });

  test('is too high while the event loop is late repeatedly', () => {
    expect(late(busy(60), 300, 300, 300).isTooMuch).toBe(true);
    expect(late(busy(60), 300, 300, 300, 0).isTooMuch).toBe(false);
  });

  test('is not too high after one long pause, as for a new schema', () => {
    expect(late(busy(60), 0, 0, 350).isTooMuch).toBe(false);
  });

  test('is not too high with few concurrent operations, since then other processes cause the delay', () => {
    expect(late(busy(10), 5_000, 5_000, 5_000).isTooMuch).toBe(false);
  });
});
