import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRooms } from './testing/opened-rooms.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a watcher that still reads from a merged room', () => {
  test('is served at its own pace from both rooms', async () => {
    const { watch, send } = openRooms();
    watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    await send(0, '12');
    slow.wake();
    await send(0, '13');
    expect(slow.seen).toEqual(['9', '10', '11', '12', '13']);
  });

  test('is cut off after its last event when the main room ends in the meantime', async () => {
    const { upstream, watch, send, later } = openRooms({ retryWindowMs: 0 });
    const main = watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    upstream.asked[0]!.sink.lost();
    await later(5_000);
    upstream.last.sink.lost();
    await later(5_000);
    expect(main.seen.at(-1)).toBe('SUBSCRIPTION_UPSTREAM_LOST');
    slow.wake();
    await everythingSettled();
    expect(slow.seen).toEqual(['9', '10', 'SUBSCRIPTION_LAGGED']);
  });

  test('keeps the main room open after all others have left', async () => {
    const { rooms, watch, send, later, expectNothingLeft } = openRooms();
    const main = watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    main.membership!.leave();
    await later(5_000);
    expect(rooms.watchers()).toEqual({ all: 1, behind: 1 });
    slow.wake();
    await send(0, '12');
    expect(slow.seen).toEqual(['9', '10', '11', '12']);
    expect(rooms.watchers()).toEqual({ all: 1, behind: 0 });
    slow.membership!.leave();
    await expectNothingLeft();
  });

  test('keeps the main room open when it was the only watcher from the start', async () => {
    const { rooms, upstream, watch, send, later, expectNothingLeft } = openRooms();
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(0, 'b10');
    await send(1, 'b8', '9', '10');
    expect(upstream.asked[1]!.isStopped).toBe(true);
    await later(50_000);
    expect(rooms.watchers()).toEqual({ all: 1, behind: 1 });
    slow.wake();
    await send(0, '11');
    expect(slow.seen).toEqual(['9', '10', '11']);
    slow.membership!.leave();
    await expectNothingLeft();
  });

  test('keeps the main room open when it joined the room after the merge', async () => {
    const { rooms, watch, send, later, expectNothingLeft } = openRooms();
    const main = watch();
    await send(0, 'b10');
    const quick = watch('8');
    await send(1, 'b8', '9', '10');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await everythingSettled();
    expect(rooms.watchers()).toEqual({ all: 3, behind: 1 });
    main.membership!.leave();
    quick.membership!.leave();
    await later(5_000);
    slow.wake();
    await send(0, '11');
    expect(slow.seen).toEqual(['9', '10', '11']);
    slow.membership!.leave();
    await expectNothingLeft();
  });

  test('leaves no room open when it leaves', async () => {
    const { rooms, watch, send, expectNothingLeft } = openRooms();
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(0, 'b10');
    await send(1, 'b8', '9', '10');
    slow.membership!.leave();
    expect(rooms.watchers()).toEqual({ all: 0, behind: 0 });
    await expectNothingLeft();
    expect(rooms.size).toBe(0);
  });

  test('is cut off when it pauses for longer than the ring keeps events', async () => {
    const { rooms, watch, send, later, expectNothingLeft } = openRooms();
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(0, 'b10');
    await send(1, 'b8', '9', '10');
    await later(61_000);
    slow.wake();
    expect(slow.seen).toEqual(['SUBSCRIPTION_LAGGED']);
    await expectNothingLeft();
    expect(rooms.size).toBe(0);
  });
});

test('a main room is not replaced while a slow watcher reads towards it', async () => {
  const { upstream, watch, send } = openRooms();
  const slow = watch('8', (watcher) => (watcher.ready = false));
  await send(0, 'b10');
  await send(1, 'b8', '9', '10');
  const other = watch('5');
  await send(2, 'b5', '6', 'b6.5');
  expect(upstream.asked.map(({ isStopped }) => isStopped)).toEqual([false, true, false]);
  slow.wake();
  await send(0, '11');
  await send(2, '11');
  await send(0, '12');
  expect([slow.seen, other.seen]).toEqual([
    ['9', '10', '11', '12'],
    ['6', '11', '12'],
  ]);
  expect(upstream.open).toBe(1);
});
