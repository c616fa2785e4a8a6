import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../request/testing/manual-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';

let clock: ManualClock;
let changes: string[];
let breaker: CircuitBreaker;
beforeEach(() => {
  clock = new ManualClock();
  changes = [];
  breaker = new CircuitBreaker(clock, (state) => changes.push(state));
});

const times = (count: number, outcome: 'succeeded' | 'failed' | 'ignored') => {
  for (let n = 0; n < count; n += 1) breaker[outcome]('call');
};

describe('a circuit breaker', () => {
  test('stays closed while there are too few outcomes, even if all failed', () => {
    times(19, 'failed');
    expect([breaker.admit(), changes]).toEqual(['call', []]);
  });

  test('opens when half of the recent fetches failed, and then admits none', () => {
    times(1_000, 'succeeded');
    times(24, 'failed');
    expect(breaker.admit()).toBe('call');
    times(1, 'failed');
    expect([breaker.admit(), breaker.admit(), changes]).toEqual([null, null, ['open']]);
  });

  test('forgets old failures', () => {
    for (let round = 0; round < 100; round += 1) {
      times(5, 'failed');
      times(15, 'succeeded');
    }
    times(20, 'succeeded');
    times(24, 'failed');
    expect(changes).toEqual([]);
  });

  test('does not count ignored outcomes', () => {
    times(1_000, 'ignored');
    expect(breaker.admit()).toBe('call');
  });

  describe('when open', () => {
    beforeEach(() => times(20, 'failed'));

    test('admits one probe after a second, and closes when it succeeds', () => {
      clock.advance(999);
      expect(breaker.admit()).toBeNull();
      clock.advance(1);
      expect([breaker.admit(), breaker.admit()]).toEqual(['probe', null]);
      breaker.succeeded('probe');
      expect([breaker.admit(), breaker.admit(), changes]).toEqual(['call', 'call', ['open', 'closed']]);
    });

    test('waits another second when the probe fails', () => {
      clock.advance(1_000);
      breaker.admit();
      breaker.failed('probe');
      expect(breaker.admit()).toBeNull();
      clock.advance(1_000);
      expect(breaker.admit()).toBe('probe');
    });

    test('admits another probe when the outcome of the first is ignored', () => {
      clock.advance(1_000);
      breaker.admit();
      breaker.ignored('probe');
      expect(breaker.admit()).toBe('probe');
    });

    test('ignores outcomes of fetches that began before it opened', () => {
      times(100, 'failed');
      times(1, 'succeeded');
      expect(breaker.admit()).toBeNull();
      clock.advance(1_000);
      expect(breaker.admit()).toBe('probe');
    });

    test('closes at once after a successful health check, and resets its count', () => {
      breaker.close();
      times(19, 'failed');
      expect([breaker.admit(), changes]).toEqual(['call', ['open', 'closed']]);
    });
  });
});
