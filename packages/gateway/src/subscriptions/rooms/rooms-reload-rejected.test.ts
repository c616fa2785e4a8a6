import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openReplannedRooms } from './testing/replanned-rooms.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

fakeTimers();

describe('a schema that no longer accepts a subscription', () => {
  const rejection = 'rejected SUBSCRIPTION_SCHEMA_RELOAD';

  test('ends it after the events that have arrived, without affecting other rooms', async () => {
    const { rooms, upstream, plan, watch, renew, send } = openReplannedRooms();
    const other = new ScriptedWatcher();
    rooms.join({ ...plan(1), key: 'other', replan: async () => ({ ...plan(2), key: 'other' }) }, null, other);
    const watchers = [watch(), watch()];
    await send(1, 'b0');
    upstream.hold();
    await send(1, '1');
    await renew(2, () => [{ message: 'The field does not exist.' }]);
    expect(upstream.asked.map(({ isStopped }) => isStopped)).toEqual([false, true]);
    upstream.release();
    await everythingSettled();
    for (const { seen } of watchers) expect(seen).toEqual(['1', rejection]);
    await send(0, 'b0', '1');
    expect(other.seen).toEqual(['1']);
  });

  test('returns the reason', async () => {
    const { rooms, old, renew } = openReplannedRooms();
    const received: unknown[] = [];
    const watcher = new ScriptedWatcher();
    watcher.rejected = (errors) => void received.push(...errors);
    rooms.join(old, null, watcher);
    await renew(2, () => [{ message: 'The field does not exist.' }]);
    expect(received).toEqual([
      {
        message: 'The schema has changed and no longer accepts this subscription. The field does not exist.',
        extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
      },
    ]);
  });

  test('ends rooms that are behind and rooms without upstream, and retries nothing', async () => {
    const { upstream, watch, renew, send } = openReplannedRooms();
    const main = watch();
    await send(0, 'b10');
    const back = watch(undefined, '5');
    await send(1, 'b5', '6');
    upstream.asked[0]!.sink.lost();
    await renew(2, () => [{ message: 'no' }]);
    expect([main.seen, back.seen]).toEqual([[rejection], ['6', rejection]]);
    await jest.advanceTimersByTimeAsync(20_000);
    expect([upstream.asked.length, upstream.open, jest.getTimerCount()]).toEqual([2, 0, 0]);
  });

  test('does not end the subscriptions of watchers that join with an accepted plan', async () => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms();
    const one = watch();
    await send(0, 'b0');
    upstream.hold();
    await send(0, '1');
    await renew(2, () => [{ message: 'no' }]);
    const other = watch(plan(3));
    upstream.release();
    await everythingSettled();
    await send(1, 'b1', '2');
    expect([one.seen, other.seen]).toEqual([['1', rejection], ['2']]);
  });
});

describe('a field that cannot be resumed', () => {
  const plain = { resumption: null };

  test('continues when the upstream request stays the same', async () => {
    const { upstream, completed, plan, watch, renew, send } = openReplannedRooms(plain);
    const watcher = watch();
    await send(0, '1');
    await renew(2, () => plan(2, 'subscription', plain));
    await send(0, '2');
    expect([watcher.seen, completed, upstream.asked.length]).toEqual([['1', '2'], ['1 by 1', '2 by 2'], 1]);
  });

  test.each([
    ['the upstream request changes', plain, plain],
    ['only the new field can be resumed', plain, {}],
    ['only the old field could be resumed', {}, plain],
  ])('ends when %s, and a new watcher gets a new room', async (_, before, after) => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms(before);
    const watcher = watch();
    await send(0, 'b0', '1');
    await renew(2, () => plan(2, 'another', after));
    expect(watcher.seen.at(-1)).toBe('rejected SUBSCRIPTION_SCHEMA_RELOAD');
    const newWatcher = watch(plan(2, 'another', after));
    await send(1, '2');
    expect([newWatcher.seen, upstream.open]).toEqual([['2'], 1]);
  });

  test('ends only for earlier watchers when a new watcher brings the new plan', async () => {
    const { upstream, plan, watch, send } = openReplannedRooms(plain);
    const watcher = watch();
    await send(0, '1');
    const newWatcher = watch(plan(2, 'another', plain));
    await everythingSettled();
    await send(1, '2');
    expect([watcher.seen, newWatcher.seen]).toEqual([['1', 'rejected SUBSCRIPTION_SCHEMA_RELOAD'], ['2']]);
    expect(upstream.open).toBe(1);
  });
});
