import { afterEach, beforeEach, jest } from '@jest/globals';

/** In each test of a file time passes only when the test says so; turns and promises go on. */
export function fakeTimers(): void {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());
}
