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

function heartbeats(intervalMs: number, count: number): void {
  for (let n = 0; n < count; n += 1) {
    if (n > 0) clock.advance(intervalMs);
    comment();
  }
}

describe('a stream with heartbeats', () => {
  beforeEach(() => {
    heartbeats(12_000, 3);
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

  test.each([
    [1, 59_999],
    [2, 59_999],
    [3, 35_999],
  ])('takes the longest of the last intervals, %i intervals after a long one', (later, aliveMs) => {
    clock.advance(20_000);
    comment();
    for (let n = 0; n < later; n += 1) {
      clock.advance(12_000);
      comment();
    }
    clock.advance(aliveMs);
    expect(dead).toBe(0);
    clock.advance(1);
    expect(dead).toBe(1);
  });

  test('is alive for 30 seconds of silence, however short its intervals are', () => {
    watch.stop();
    watch = new HeartbeatWatch(clock, () => (dead += 1));
    heartbeats(1_200, 4);
    clock.advance(29_999);
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
  ['two comments that are seconds apart', [0, 1_200]],
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
