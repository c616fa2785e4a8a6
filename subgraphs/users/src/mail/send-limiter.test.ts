import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MOST_UNDER_WAY, SendLimiter, SLOW_MS } from './send-limiter.js';

/** How long a mail that is sent at all may take. */
const SEND_MS = 11 * 60_000;

describe('the limiter of mails that are being sent', () => {
  let limiter: SendLimiter;
  beforeEach(() => {
    jest.useFakeTimers();
    limiter = new SendLimiter();
  });
  afterEach(() => void jest.useRealTimers());

  /** A mail that is under way until it is finished. */
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
  /** Begins what may begin now. */
  const beginAll = async () => {
    const begun: (() => void)[] = [];
    while (await isFree()) begun.push(begin());
    return begun;
  };

  test('are four, and one is free again when its mail is done', async () => {
    const [finish, ...others] = await beginAll();
    expect(others).toHaveLength(3);
    finish!();
    expect(await beginAll()).toHaveLength(1);
  });

  test('are given up by mails that take long', async () => {
    await beginAll();
    await jest.advanceTimersByTimeAsync(SLOW_MS - 1);
    expect(await isFree()).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await beginAll()).toHaveLength(4);
  });

  test('are none beyond the bound', async () => {
    limiter = new SendLimiter(1);
    for (let begun = 0; begun < MOST_UNDER_WAY; begun += 1) {
      await limiter.free();
      begin();
      await jest.advanceTimersByTimeAsync(1);
    }
    await jest.advanceTimersByTimeAsync(SEND_MS);
    expect(await isFree()).toBe(false);
  });

  test('never run out for long, however many mails hang for as long as they may', async () => {
    const underWay: (() => void)[] = [];
    let most = 0;
    for (let waited = 0; waited < 3 * SEND_MS; waited += SLOW_MS) {
      const begun = await beginAll();
      expect(begun.length).toBeGreaterThan(0);
      underWay.push(...begun);
      most = Math.max(most, underWay.length);
      for (const finish of begun) {
        setTimeout(() => {
          underWay.splice(underWay.indexOf(finish), 1);
          finish();
        }, SEND_MS);
      }
      await jest.advanceTimersByTimeAsync(SLOW_MS);
    }
    expect(most).toBeLessThan(MOST_UNDER_WAY);
  });
});
