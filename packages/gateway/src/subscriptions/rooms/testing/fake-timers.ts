import { afterEach, beforeEach, jest } from '@jest/globals';

/** Uses fake timers in each test of a file. Immediates, ticks and promises stay real. */
export function fakeTimers(): void {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());
}
