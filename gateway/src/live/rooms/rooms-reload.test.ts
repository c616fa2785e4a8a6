import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { GraphQLFormattedError } from 'graphql';
import type { RoomTopic } from './room-topic.js';
import { Rooms } from './rooms.js';
import { ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

type Replanned = RoomTopic | readonly GraphQLFormattedError[];

/** Rooms of one operation, through several generations of the schema. */
function house(first: Partial<RoomTopic> = {}) {
  const rooms = new Rooms();
  const upstream = new ScriptedUpstream();
  /** What a room learns that plans anew now. */
  let now: () => Replanned | Promise<Replanned>;
  const faults: unknown[] = [];
  /** Which generation has completed which event. */
  const completed: string[] = [];
  const plan = (
    generation: number,
    query = 'subscription',
    overrides: Partial<RoomTopic> = {},
  ): RoomTopic => {
    const topic = upstream.topic(overrides);
    return {
      ...topic,
      generation,
      request: { ...topic.request, query },
      complete: (event) => {
        completed.push(`${String(event.data!['cursor'])} by ${generation}`);
        return topic.complete(event);
      },
      replan: async () => now(),
      onFault: (error) => void faults.push(error),
    };
  };
  const old = plan(1, 'subscription', first);
  const watch = (topic = old, after: string | null = null) => {
    const watcher = new ScriptedWatcher();
    watcher.membership = rooms.join(topic, after, watcher);
    return watcher;
  };
  const renew = async (generation: number, next: () => Replanned | Promise<Replanned>) => {
    now = next;
    await rooms.renew(generation);
    await everythingSettled();
  };
  const send = async (nth: number, ...names: string[]) => {
    upstream.sendTo(upstream.asked[nth]!, ...names);
    await everythingSettled();
  };
  return { rooms, upstream, faults, completed, plan, old, watch, renew, send };
}

describe('when there is a new schema', () => {
  test('every room of an operation goes over to it, main or behind, with people in it or not', async () => {
    const { upstream, plan, watch, renew, send } = house();
    const gone = watch();
    await send(0, 'b10', '11');
    const back = watch(undefined, '5');
    await send(1, 'b5', '6');
    gone.membership!.leave();
    await renew(2, () => plan(2, 'another'));
    expect(upstream.asked.map(({ request, isStopped }) => [request.query, isStopped])).toEqual([
      ['subscription', true],
      ['subscription', true],
      ['another', false],
      ['another', false],
    ]);
    expect(upstream.asked.map(({ request }) => request.variables['live__after'])).toEqual([
      undefined,
      '5',
      '11',
      '6',
    ]);
    await send(3, 'b6', '7', '11');
    await send(2, 'b11', '12');
    expect(back.seen).toEqual(['6', '7', '11', '12']);
    expect(upstream.open).toBe(1);
  });

  test('a room behind whose main room has ended goes over to it, too', async () => {
    const { upstream, plan, watch, renew, send } = house();
    watch();
    await send(0, 'b10');
    watch(undefined, '5');
    await send(1, 'b5');
    upstream.asked[0]!.sink.complete();
    await everythingSettled();
    await renew(2, () => plan(2, 'another'));
    expect([upstream.last.request.query, upstream.lastAfter, upstream.open]).toEqual(['another', '5', 1]);
  });

  test('rooms that are opened later are of it', async () => {
    const { upstream, plan, watch, renew, send } = house();
    watch();
    await send(0, 'b10');
    await renew(2, () => plan(2, 'another'));
    watch(plan(2, 'another'), '5');
    expect([upstream.last.request.query, upstream.lastAfter]).toEqual(['another', '5']);
  });

  test('there are turns for others between two rooms', async () => {
    const { rooms, plan, renew } = house();
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const replanned: number[] = [];
    for (let n = 0; n < 50; n += 1) {
      const key = `key ${n}`;
      const replan = async () => {
        replanned.push(turns);
        return { ...plan(2), key };
      };
      rooms.join({ ...plan(1), key, replan }, null, new ScriptedWatcher());
    }
    await renew(2, () => plan(2));
    isOver = true;
    expect(new Set(replanned).size).toBe(50);
  });

  test('a room that fails to plan goes on as it was, and the others go over', async () => {
    const { rooms, faults, completed, plan, watch, renew, send } = house();
    const watcher = watch();
    rooms.join(
      { ...plan(1), key: 'other', replan: async () => ({ ...plan(2), key: 'other' }) },
      null,
      watch(),
    );
    await renew(2, () => Promise.reject(new Error('unforeseen')));
    await send(0, 'b0', '1');
    await send(1, 'b0', '1');
    expect([faults, watcher.seen, completed]).toEqual([
      [new Error('unforeseen')],
      ['1'],
      ['1 by 1', '1 by 2'],
    ]);
  });
});

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

describe('watchers who may no longer share', () => {
  test('are cut off at once, and see nothing that the new plan has completed', async () => {
    const { rooms, upstream, completed, plan, watch, renew, send } = house();
    const main = watch();
    await send(0, 'b10', '11');
    const back = watch(undefined, '5');
    await send(1, 'b5', '6');
    upstream.hold();
    await send(0, '12');
    await renew(2, () => ({ ...plan(2), key: 'of one of them' }));
    expect([main.seen, back.seen]).toEqual([
      ['11', 'SUBSCRIPTION_LAGGED'],
      ['6', 'SUBSCRIPTION_LAGGED'],
    ]);
    expect(upstream.open).toBe(0);
    upstream.release();
    await everythingSettled();
    expect(completed.filter((each) => each.endsWith('2'))).toEqual([]);
    const again = new ScriptedWatcher();
    rooms.join({ ...plan(2), key: 'of one of them' }, '11', again);
    await everythingSettled();
    upstream.sendTo(
      upstream.asked.find(({ isStopped, request }) => !isStopped && 'live__after' in request.variables)!,
      'b11',
      '12',
    );
    await everythingSettled();
    expect(again.seen).toEqual(['12']);
  });

  test('do not wait for a room to plan anew: who comes under the new schema gets another one', async () => {
    const { upstream, plan, watch, send } = house();
    const one = watch();
    const other = watch({ ...plan(2), key: 'of one of them' });
    await send(0, 'b0', '1');
    expect([one.seen, other.seen, upstream.open]).toEqual([['1'], [], 2]);
  });
});

describe('somebody who joins while rooms plan anew', () => {
  test('brings a newer plan along, which the room takes at once', async () => {
    const { upstream, plan, watch, send } = house();
    const watcher = watch();
    await send(0, 'b0', '1');
    const newcomer = watch(plan(2, 'another'));
    await everythingSettled();
    expect([upstream.last.request.query, upstream.lastAfter, upstream.open]).toEqual(['another', '1', 1]);
    await send(1, 'b1', '2');
    expect([watcher.seen, newcomer.seen]).toEqual([['1', '2'], ['2']]);
  });

  test('does not bring an older one back', async () => {
    const { upstream, completed, plan, watch, send } = house();
    const watcher = watch(plan(2, 'another'));
    await send(0, 'b0', '1');
    const late = watch(plan(1));
    await send(0, '2');
    expect([upstream.asked.length, completed]).toEqual([1, ['1 by 2', '2 by 2']]);
    expect([watcher.seen, late.seen]).toEqual([['1', '2'], ['2']]);
  });

  test('is not set back by what the room has planned before', async () => {
    const { completed, plan, watch, renew, send } = house();
    const watcher = watch();
    await send(0, 'b0', '1');
    let replans = 0;
    await renew(2, () => {
      replans += 1;
      watch(plan(3));
      return plan(2);
    });
    await send(0, '2');
    expect([watcher.seen, completed, replans]).toEqual([['1', '2'], ['1 by 1', '2 by 3'], 1]);
  });

  test('is not refused for what the room was refused before', async () => {
    const { plan, watch, renew, send } = house();
    const watcher = watch();
    await send(0, 'b0', '1');
    await renew(2, () => {
      watch(plan(3));
      return [{ message: 'no' }];
    });
    await send(0, '2');
    expect(watcher.seen).toEqual(['1', '2']);
  });
});
