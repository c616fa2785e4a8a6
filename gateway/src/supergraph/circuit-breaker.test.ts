import { beforeEach, describe, expect, test } from '@jest/globals';
import { TurnedClock } from '../subscriptions/transports/testing/turned-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';

let clock: TurnedClock;
let changes: string[];
let breaker: CircuitBreaker;
beforeEach(() => {
  clock = new TurnedClock();
  changes = [];
  breaker = new CircuitBreaker(clock, (state) => changes.push(state));
});

const times = (count: number, outcome: 'succeeded' | 'failed' | 'excused') => {
  for (let n = 0; n < count; n += 1) breaker[outcome]('call');
};

describe('a circuit breaker', () => {
  test('stays closed for a few failures, however many of few they are', () => {
    times(19, 'failed');
    expect([breaker.admit(), changes]).toEqual(['call', []]);
  });

  test('opens when half of what it remembers has failed, and then nobody gets through', () => {
    times(1_000, 'succeeded');
    times(24, 'failed');
    expect(breaker.admit()).toBe('call');
    times(1, 'failed');
    expect([breaker.admit(), breaker.admit(), changes]).toEqual([null, null, ['open']]);
  });

  test('forgets failures that are long past', () => {
    for (let round = 0; round < 100; round += 1) {
      times(5, 'failed');
      times(15, 'succeeded');
    }
    times(20, 'succeeded');
    times(24, 'failed');
    expect(changes).toEqual([]);
  });

  test('does not count what says nothing', () => {
    times(1_000, 'excused');
    expect(breaker.admit()).toBe('call');
  });

  describe('that is open', () => {
    beforeEach(() => times(20, 'failed'));

    test('lets one through after a second, and all when that one succeeds', () => {
      clock.turn(999);
      expect(breaker.admit()).toBeNull();
      clock.turn(1);
      expect([breaker.admit(), breaker.admit()]).toEqual(['probe', null]);
      breaker.succeeded('probe');
      expect([breaker.admit(), breaker.admit(), changes]).toEqual(['call', 'call', ['open', 'closed']]);
    });

    test('waits for another second when that one fails', () => {
      clock.turn(1_000);
      breaker.admit();
      breaker.failed('probe');
      expect(breaker.admit()).toBeNull();
      clock.turn(1_000);
      expect(breaker.admit()).toBe('probe');
    });

    test('lets the next one through when that one says nothing', () => {
      clock.turn(1_000);
      breaker.admit();
      breaker.excused('probe');
      expect(breaker.admit()).toBe('probe');
    });

    test('is not moved by how those end that had got through before', () => {
      times(100, 'failed');
      times(1, 'succeeded');
      expect(breaker.admit()).toBeNull();
      clock.turn(1_000);
      expect(breaker.admit()).toBe('probe');
    });

    test('closes at once when somebody has seen that all is well, and counts anew', () => {
      breaker.close();
      times(19, 'failed');
      expect([breaker.admit(), changes]).toEqual(['call', ['open', 'closed']]);
    });
  });
});
