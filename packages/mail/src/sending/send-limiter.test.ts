import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MOST_IN_FLIGHT, SendLimiter, SLOW_MS } from './send-limiter.js';

/** The time limit for one mail. */
const SEND_MS = 11 * 60_000;

describe('SendLimiter', () => {
  let limiter: SendLimiter;
  beforeEach(() => {
    jest.useFakeTimers();
    limiter = new SendLimiter();
  });
  afterEach(() => void jest.useRealTimers());

  /** Starts a mail and returns the function that finishes it. */
  const begin = () => {
    let finish!: () => void;
    limiter.take(new Promise((resolve) => (finish = resolve)));
    return finish;
  };
  const isFree = async () => {
    let free = false;
    void limiter.free().then(() => (free = true));
    await jest.advanceTimersByTimeAsync(0);
    return free;
  };
  /** Starts all mails that may start now. */
  const beginAll = async () => {
    const begun: (() => void)[] = [];
    while (await isFree()) begun.push(begin());
    return begun;
  };

  test('lets four mails start, and another one when one is done', async () => {
    const [finish, ...others] = await beginAll();
    expect(others).toHaveLength(3);
    finish!();
    expect(await beginAll()).toHaveLength(1);
  });

  test('lets other mails start when the first ones are slow', async () => {
    await beginAll();
    await jest.advanceTimersByTimeAsync(SLOW_MS - 1);
    expect(await isFree()).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await beginAll()).toHaveLength(4);
  });

  test('stops at the most mails in flight', async () => {
    limiter = new SendLimiter(1);
    for (let begun = 0; begun < MOST_IN_FLIGHT; begun += 1) {
      await limiter.free();
      begin();
      await jest.advanceTimersByTimeAsync(1);
    }
    await jest.advanceTimersByTimeAsync(SEND_MS);
    expect(await isFree()).toBe(false);
  });

  test('lets a mail start within SLOW_MS, however many mails hang until their time limit', async () => {
    const inFlight: (() => void)[] = [];
    let most = 0;
    for (let waited = 0; waited < 3 * SEND_MS; waited += SLOW_MS) {
      const begun = await beginAll();
      expect(begun.length).toBeGreaterThan(0);
      inFlight.push(...begun);
      most = Math.max(most, inFlight.length);
      for (const finish of begun) {
        setTimeout(() => {
          inFlight.splice(inFlight.indexOf(finish), 1);
          finish();
        }, SEND_MS);
      }
      await jest.advanceTimersByTimeAsync(SLOW_MS);
    }
    expect(most).toBeLessThan(MOST_IN_FLIGHT);
  });
});
