import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../request/testing/manual-clock.js';
import { HeartbeatWatch } from './heartbeat-watch.js';

let clock: ManualClock;
let watch: HeartbeatWatch;
let dead: number;
beforeEach(() => {
  dead = 0;
  clock = new ManualClock();
  watch = new HeartbeatWatch(clock, () => (dead += 1));
});

function comment(): void {
  watch.onComment();
  watch.onBytes();
}

describe('a stream with heartbeats', () => {
  beforeEach(() => {
    comment();
    clock.advance(12_000);
    comment();
  });

  test('is dead after three missed heartbeats', () => {
    clock.advance(35_999);
    expect(dead).toBe(0);
    clock.advance(1);
    expect(dead).toBe(1);
  });

  test('is alive while heartbeats or events arrive', () => {
    for (let n = 0; n < 10; n += 1) {
      clock.advance(30_000);
      watch.onBytes();
    }
    clock.advance(35_999);
    expect(dead).toBe(0);
    clock.advance(1);
    expect(dead).toBe(1);
  });

  test('takes the longest interval between two heartbeats', () => {
    clock.advance(20_000);
    comment();
    clock.advance(12_000);
    comment();
    clock.advance(59_999);
    expect(dead).toBe(0);
    clock.advance(1);
    expect(dead).toBe(1);
  });

  test('is not watched after it has stopped', () => {
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});

test.each([
  ['no comments', []],
  ['one comment', [0]],
  ['several comments at its start only', [0, 1, 5]],
])('expects nothing from a stream with %s', (_, comments) => {
  for (const afterMs of comments) {
    clock.advance(afterMs);
    comment();
  }
  clock.advance(3_600_000);
  watch.onBytes();
  clock.advance(3_600_000);
  expect([dead, clock.pending]).toEqual([0, 0]);
});
