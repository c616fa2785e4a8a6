import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRoom } from './testing/opened-room.js';
import { numbers } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a slow watcher', () => {
  test('is served from the ring when it is ready, without delaying others', async () => {
    const { upstream, watch } = openRoom();
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

  test('is cut off when its next event has left the ring, without affecting others', async () => {
    const { room, upstream, watch } = openRoom();
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

  test('leaves an empty room when the last watcher is cut off', async () => {
    const { upstream, watch, events } = openRoom();
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

describe('a watcher that is not ready when it joins', () => {
  test('receives no bookmark ahead of its last event', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
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
