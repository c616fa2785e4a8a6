import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { house } from './testing/replanned-rooms.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

fakeTimers();

describe('a schema that no longer accepts an operation', () => {
  const refusal = 'refused SUBSCRIPTION_SCHEMA_RELOAD';

  test('ends it once what has come was shown, and leaves other rooms alone', async () => {
    const { rooms, upstream, plan, watch, renew, send } = house();
    const other = new ScriptedWatcher();
    rooms.join({ ...plan(1), key: 'other', replan: async () => ({ ...plan(2), key: 'other' }) }, null, other);
    const watchers = [watch(), watch()];
    await send(1, 'b0');
    upstream.hold();
    await send(1, '1');
    await renew(2, () => [{ message: 'There is no such field.' }]);
    expect(upstream.asked.map(({ isStopped }) => isStopped)).toEqual([false, true]);
    upstream.release();
    await everythingSettled();
    for (const { seen } of watchers) expect(seen).toEqual(['1', refusal]);
    await send(0, 'b0', '1');
    expect(other.seen).toEqual(['1']);
  });

  test('says why', async () => {
    const { rooms, old, renew } = house();
    const told: unknown[] = [];
    const watcher = new ScriptedWatcher();
    watcher.refused = (errors) => void told.push(...errors);
    rooms.join(old, null, watcher);
    await renew(2, () => [{ message: 'There is no such field.' }]);
    expect(told).toEqual([
      {
        message: 'The schema has changed and no longer accepts this operation. There is no such field.',
        extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
      },
    ]);
  });

  test('ends rooms behind and lost rooms, and nothing is tried again', async () => {
    const { upstream, watch, renew, send } = house();
    const main = watch();
    await send(0, 'b10');
    const back = watch(undefined, '5');
    await send(1, 'b5', '6');
    upstream.asked[0]!.sink.lost();
    await renew(2, () => [{ message: 'no' }]);
    expect([main.seen, back.seen]).toEqual([[refusal], ['6', refusal]]);
    await jest.advanceTimersByTimeAsync(20_000);
    expect([upstream.asked.length, upstream.open, jest.getTimerCount()]).toEqual([2, 0, 0]);
  });

  test('does not end those who come with what it accepts', async () => {
    const { upstream, plan, watch, renew, send } = house();
    const one = watch();
    await send(0, 'b0');
    upstream.hold();
    await send(0, '1');
    await renew(2, () => [{ message: 'no' }]);
    const other = watch(plan(3));
    upstream.release();
    await everythingSettled();
    await send(1, 'b1', '2');
    expect([one.seen, other.seen]).toEqual([['1', refusal], ['2']]);
  });
});

describe('a field that cannot be resumed', () => {
  const plain = { resumption: null };

  test('goes on when upstream is asked for the same', async () => {
    const { upstream, completed, plan, watch, renew, send } = house(plain);
    const watcher = watch();
    await send(0, '1');
    await renew(2, () => plan(2, 'subscription', plain));
    await send(0, '2');
    expect([watcher.seen, completed, upstream.asked.length]).toEqual([['1', '2'], ['1 by 1', '2 by 2'], 1]);
  });

  test.each([
    ['it would be asked for something else', plain, plain],
    ['it can be resumed now', plain, {}],
    ['it could be resumed before', {}, plain],
  ])('ends when %s, and a newcomer gets a new room', async (_, before, after) => {
    const { upstream, plan, watch, renew, send } = house(before);
    const watcher = watch();
    await send(0, 'b0', '1');
    await renew(2, () => plan(2, 'another', after));
    expect(watcher.seen.at(-1)).toBe('refused SUBSCRIPTION_SCHEMA_RELOAD');
    const newcomer = watch(plan(2, 'another', after));
    await send(1, '2');
    expect([newcomer.seen, upstream.open]).toEqual([['2'], 1]);
  });

  test('ends for those of before alone when it is a newcomer who brings the news', async () => {
    const { upstream, plan, watch, send } = house(plain);
    const watcher = watch();
    await send(0, '1');
    const newcomer = watch(plan(2, 'another', plain));
    await everythingSettled();
    await send(1, '2');
    expect([watcher.seen, newcomer.seen]).toEqual([['1', 'refused SUBSCRIPTION_SCHEMA_RELOAD'], ['2']]);
    expect(upstream.open).toBe(1);
  });
});
