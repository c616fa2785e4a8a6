import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Retries } from './retries.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** After how many milliseconds each try comes, one after another, when chance has it so. */
function waits(chance: number, tries: number): number[] {
  jest.spyOn(Math, 'random').mockReturnValue(chance);
  const retries = new Retries();
  return Array.from({ length: tries }, () => {
    const since = Date.now();
    retries.again(60_000, () => undefined);
    jest.runAllTimers();
    return Date.now() - since;
  });
}

test('what was lost together is tried again at different times, later each time, up to a longest wait', () => {
  expect(waits(0, 9)).toEqual([25, 50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
  expect(waits(0.5, 9)).toEqual([37, 75, 150, 300, 600, 1_200, 2_400, 3_750, 3_750]);
});
