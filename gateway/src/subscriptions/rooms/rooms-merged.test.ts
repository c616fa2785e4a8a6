import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { house } from './testing/opened-rooms.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a watcher who still reads in a room that has merged', () => {
  test('is served at its own pace from both rooms', async () => {
    const { watch, send } = house();
    watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    await send(0, '12');
    slow.wake();
    await send(0, '13');
    expect(slow.seen).toEqual(['9', '10', '11', '12', '13']);
  });

  test('is not forgotten when it reads slowly and the main room is lost in the meantime', async () => {
    const { upstream, watch, send, later } = house({ retryWindowMs: 0 });
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

  test('is not forgotten when it reads slowly and is the only one left', async () => {
    const { rooms, watch, send, later, expectNothingLeft } = house();
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

  test('is not forgotten when it comes alone and its reading takes long', async () => {
    const { rooms, upstream, watch, send, later, expectNothingLeft } = house();
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

  test('is not forgotten when it comes into a room that has merged and the main room empties', async () => {
    const { rooms, watch, send, later, expectNothingLeft } = house();
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

  test('leaves nothing behind when it goes while it still reads what is past', async () => {
    const { rooms, watch, send, expectNothingLeft } = house();
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(0, 'b10');
    await send(1, 'b8', '9', '10');
    slow.membership!.leave();
    expect(rooms.watchers()).toEqual({ all: 0, behind: 0 });
    await expectNothingLeft();
    expect(rooms.size).toBe(0);
  });

  test('falls off the ring that it reads from when it takes a minute', async () => {
    const { rooms, watch, send, later, expectNothingLeft } = house();
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

test('a main room that a slow watcher is on its way to gives its place to no other room', async () => {
  const { upstream, watch, send } = house();
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
