import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Retries } from './retries.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** The delays of successive attempts in milliseconds, with a fixed random value. */
function delays(random: number, tries: number): number[] {
  jest.spyOn(Math, 'random').mockReturnValue(random);
  const retries = new Retries();
  return Array.from({ length: tries }, () => {
    const since = Date.now();
    retries.schedule(60_000, () => undefined);
    jest.runAllTimers();
    return Date.now() - since;
  });
}

test('doubles the delay with jitter, up to a maximum', () => {
  expect(delays(0, 9)).toEqual([25, 50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
  expect(delays(0.5, 9)).toEqual([37, 75, 150, 300, 600, 1_200, 2_400, 3_750, 3_750]);
});
