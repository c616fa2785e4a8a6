import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { open } from './testing/opened-room.js';
import { numbers } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a slow watcher', () => {
  test('is served from the ring when it can go on, and stops nobody', async () => {
    const { upstream, watch } = open();
    const [slow, quick] = [watch(), watch()];
    slow.onNext = () => (slow.ready = false);
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    expect([slow.seen, quick.seen]).toEqual([['1'], ['1', '2', '3']]);
    slow.wake();
    expect(slow.seen).toEqual(['1', '2']);
    slow.onNext = () => {};
    slow.wake();
    expect(slow.seen).toEqual(['1', '2', '3']);
    expect(upstream.completed).toHaveLength(3);
  });

  test('is cut off when it fell off the ring, and the others go on', async () => {
    const { room, upstream, watch } = open();
    const [slow, quick] = [watch(), watch()];
    await everythingSettled();
    slow.ready = false;
    upstream.send('b0');
    for (let first = 1; first <= 1_500; first += 100) {
      upstream.send(...numbers(first, first + 99));
      await everythingSettled();
    }
    slow.wake();
    await everythingSettled();
    expect(slow.seen).toEqual(['SUBSCRIPTION_LAGGED']);
    expect(quick.seen).toEqual(numbers(1, 1_500));
    expect(room.size).toBe(1);
  });

  test('leaves an empty room when it was the last one to be cut off', async () => {
    const { upstream, watch, events } = open();
    const slow = watch();
    slow.ready = false;
    upstream.send('b0');
    for (let first = 1; first <= 1_200; first += 100) {
      upstream.send(...numbers(first, first + 99));
      await everythingSettled();
    }
    slow.wake();
    expect([slow.seen, events]).toEqual([['SUBSCRIPTION_LAGGED'], ['empty']]);
  });
});

describe('a watcher who is not ready when it joins', () => {
  test('is told no bookmark that is ahead of what it has had', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    watch();
    upstream.send('b0', '1');
    await everythingSettled();
    const back = watch((one) => {
      one.ready = false;
      return room.joinAfter(one, '1');
    });
    upstream.send('2');
    await everythingSettled();
    await jest.advanceTimersByTimeAsync(61_000);
    back.wake();
    expect(back.seen).toEqual(['b1', 'b1', 'SUBSCRIPTION_LAGGED']);
  });
});
