import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { RoomTopic } from './room-topic.js';
import { open } from './testing/opened-room.js';
import type { ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const code = (text: string) => ({ message: text, extensions: { code: text } });
const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => String(first + n));

/** Loses the upstream and waits until it is taken up again. */
async function loseAndRetry(upstream: ScriptedUpstream): Promise<void> {
  upstream.last.sink.lost();
  await everythingSettled();
  await jest.advanceTimersByTimeAsync(5_000);
  await everythingSettled();
}

describe('a lost upstream', () => {
  test('is taken up again after the last event, and no watcher notices', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    const watcher = watch();
    upstream.send('b0', '1', '2');
    await loseAndRetry(upstream);
    expect([upstream.asked.length, upstream.lastAfter]).toEqual([2, '2']);
    expect(room.isCaughtUp).toBe(false);
    upstream.send('b2', '3', 'b3', '4');
    await everythingSettled();
    expect(room.isCaughtUp).toBe(true);
    upstream.send('b4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', '1', '2', '3', '4', 'b4']);
  });

  test('is taken up again after what still waits for its completion', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    upstream.hold();
    upstream.send('b0', '1', '2');
    await loseAndRetry(upstream);
    expect(upstream.asked).toHaveLength(1);
    upstream.release();
    await everythingSettled();
    expect([watcher.seen, upstream.asked.length, upstream.lastAfter]).toEqual([['1', '2'], 2, '2']);
  });

  test('starts from where it was to start when nothing had come', async () => {
    const { upstream, watch } = open({ bookmarks: true }, '7');
    const watcher = watch();
    await loseAndRetry(upstream);
    expect(upstream.lastAfter).toBe('7');
    upstream.send('b7', '8', 'b8');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b7', '8', 'b8']);
  });

  test('still owes the bookmark at the end when it was lost before', async () => {
    const { upstream, watch } = open({ bookmarks: true }, '0');
    const watcher = watch();
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.send('b1', '2', 'b2', '3');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', '1', '2', 'b2', '3']);
  });

  test('says nothing more', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    const [first] = upstream.asked;
    await loseAndRetry(upstream);
    first!.sink.next({ data: { cursor: '9', item: '9' } });
    first!.sink.complete();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1']);
  });

  test('is not taken up again when the last watcher has left in the meantime', async () => {
    const { room, upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0');
    upstream.last.sink.lost();
    await everythingSettled();
    watcher.membership!.leave();
    room.close();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([upstream.asked.length, jest.getTimerCount()]).toEqual([1, 0]);
  });

  test('ends it for all when its cursor has expired in the meantime', async () => {
    const { upstream, watch, events } = open();
    const watchers = [watch(), watch()];
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.last.sink.refused([code('CURSOR_EXPIRED')]);
    await everythingSettled();
    for (const { seen } of watchers) expect(seen).toEqual(['1', 'refused CURSOR_EXPIRED']);
    expect(events).toEqual(['over']);
  });

  test('is taken up again when it says that it cannot say now, also the first time', async () => {
    const { upstream, watch } = open({}, '7');
    const watcher = watch();
    upstream.last.sink.refused([code('SUBGRAPH_UNAVAILABLE')]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(upstream.asked).toHaveLength(2);
    expect(upstream.lastAfter).toBe('7');
    upstream.send('b7', '8');
    await everythingSettled();
    expect(watcher.seen).toEqual(['8']);
  });

  test('is tried again when the subgraph fails at it', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.last.sink.refused([code('INTERNAL_SERVER_ERROR')]);
    await everythingSettled();
    await jest.advanceTimersByTimeAsync(5_000);
    upstream.send('b1', '2');
    await everythingSettled();
    expect([watcher.seen, upstream.asked.length]).toEqual([['1', '2'], 3]);
  });

  test('is tried again while the subgraph does not know yet, or any more, what it is asked for', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.last.sink.refused([code('GRAPHQL_VALIDATION_FAILED')]);
    await everythingSettled();
    await jest.advanceTimersByTimeAsync(5_000);
    upstream.send('b1', '2');
    await everythingSettled();
    expect([watcher.seen, upstream.asked.length]).toEqual([['1', '2'], 3]);
  });

  test('that was never there is not tried again when the operation is not valid there', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    upstream.last.sink.refused([code('GRAPHQL_VALIDATION_FAILED')]);
    await everythingSettled();
    expect(watcher.seen).toEqual(['refused GRAPHQL_VALIDATION_FAILED']);
  });

  test('is given up when the time for it is over', async () => {
    const { upstream, watch, events } = open({ retryWindowMs: 1_000 });
    const watcher = watch();
    upstream.send('b0', '1');
    for (let tries = 0; tries < 30 && events.length === 0; tries += 1) {
      upstream.last.sink.lost();
      await everythingSettled();
      await jest.advanceTimersByTimeAsync(200);
    }
    expect([watcher.seen, events]).toEqual([['1', 'SUBSCRIPTION_UPSTREAM_LOST'], ['over']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is given all the time again once it has been back', async () => {
    const { upstream, watch } = open({ retryWindowMs: 6_000 });
    const watcher = watch();
    upstream.send('b0');
    for (let n = 1; n < 5; n += 1) {
      await loseAndRetry(upstream);
      upstream.send(`b${n - 1}`, String(n));
      await everythingSettled();
    }
    expect(watcher.seen).toEqual(['1', '2', '3', '4']);
  });

  test('is the end when the field cannot be resumed', async () => {
    const { upstream, watch } = open({ resumption: null });
    const watcher = watch();
    upstream.send('1');
    upstream.last.sink.lost();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1', 'SUBSCRIPTION_UPSTREAM_LOST']);
  });
});

describe('more events than can be completed', () => {
  test('have upstream wait, and nothing is lost or repeated', async () => {
    const { upstream, watch } = open({ bookmarks: true });
    const watcher = watch();
    upstream.hold();
    upstream.send('b0', ...numbers(1, 700));
    await everythingSettled();
    expect([upstream.asked.length, upstream.open]).toEqual([1, 0]);
    upstream.release();
    await everythingSettled();
    expect([upstream.asked.length, upstream.open, upstream.lastAfter]).toEqual([2, 1, '500']);
    upstream.send('b500', ...numbers(501, 700), 'b700', '701');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', ...numbers(1, 701)]);
  });

  test('end it when the field cannot be resumed', async () => {
    const { upstream, watch } = open({ resumption: null });
    const watcher = watch();
    upstream.hold();
    upstream.send(...numbers(1, 700));
    upstream.release();
    await everythingSettled();
    expect(watcher.seen).toEqual([...numbers(1, 500), 'SUBSCRIPTION_LAGGED']);
    expect(upstream.open).toBe(0);
  });
});

describe('a topic that follows another one', () => {
  const planned = (upstream: ScriptedUpstream, query: string, overrides: Partial<RoomTopic> = {}) => {
    const topic = upstream.topic(overrides);
    return { ...topic, request: { ...topic.request, query } };
  };
  /** Notes with what it was completed. */
  const by = (name: string, used: string[]): Partial<RoomTopic> => ({
    complete: async ({ data }) => {
      used.push(`${String(data!['cursor'])} by ${name}`);
      return { data: data! };
    },
  });

  test('completes what comes after it, when what upstream is asked for stays the same', async () => {
    const used: string[] = [];
    const { room, upstream, watch } = open(by('the old one', used));
    const watcher = watch();
    upstream.send('b0', '1');
    await everythingSettled();
    room.renew(planned(upstream, 'subscription', by('the new one', used)));
    upstream.send('2');
    await everythingSettled();
    expect([used, watcher.seen]).toEqual([
      ['1 by the old one', '2 by the new one'],
      ['1', '2'],
    ]);
    expect([upstream.asked.length, upstream.open]).toEqual([1, 1]);
  });

  test('leaves to the one before what that has begun to complete', async () => {
    const used: string[] = [];
    const { room, upstream, watch } = open();
    const watcher = watch();
    upstream.hold();
    upstream.send('b0', ...numbers(1, 9));
    await everythingSettled();
    room.renew(planned(upstream, 'subscription', by('the new one', used)));
    upstream.release();
    await everythingSettled();
    expect([used, watcher.seen]).toEqual([['9 by the new one'], numbers(1, 9)]);
  });

  test('has upstream asked for something else from the last event on, and no watcher notices', async () => {
    const used: string[] = [];
    const { room, upstream, watch } = open({ bookmarks: true, ...by('the old one', used) });
    const watcher = watch();
    upstream.send('b0', '1', '2');
    await everythingSettled();
    room.renew(planned(upstream, 'another', { bookmarks: true, ...by('the new one', used) }));
    const [first] = upstream.asked;
    first!.sink.next({ data: { cursor: '3', item: '3' } });
    await everythingSettled();
    expect([upstream.asked.length, upstream.open]).toEqual([2, 1]);
    expect([upstream.last.request.query, upstream.lastAfter]).toEqual(['another', '2']);
    upstream.send('b2', '3', 'b3', '4', 'b4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', '1', '2', '3', '4', 'b4']);
    expect(used).toEqual([
      '0 by the old one',
      '1 by the old one',
      '2 by the old one',
      '3 by the new one',
      '4 by the new one',
      '4 by the new one',
    ]);
  });

  test('waits until upstream has told where to go on from', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    const watcher = watch();
    room.renew(planned(upstream, 'another', { bookmarks: true }));
    await everythingSettled();
    expect([upstream.asked.length, upstream.open]).toEqual([1, 1]);
    upstream.send('b7');
    await everythingSettled();
    expect([upstream.asked.length, upstream.open, upstream.lastAfter]).toEqual([2, 1, '7']);
    upstream.send('b7', '8', 'b8');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b7', '8']);
  });

  test('is what a lost upstream is taken up again with', async () => {
    const { room, upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    upstream.last.sink.lost();
    await everythingSettled();
    room.renew(planned(upstream, 'another'));
    await jest.advanceTimersByTimeAsync(5_000);
    await everythingSettled();
    expect([upstream.asked.length, upstream.last.request.query, upstream.lastAfter]).toEqual([
      2,
      'another',
      '1',
    ]);
    upstream.send('b1', '2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['1', '2']);
  });

  test('has upstream asked once, however many there are before it can be', async () => {
    const { room, upstream, watch } = open();
    watch();
    upstream.hold();
    upstream.send('b0', '1');
    await everythingSettled();
    for (const query of ['another', 'a third', 'a fourth']) room.renew(planned(upstream, query));
    upstream.release();
    await everythingSettled();
    expect(upstream.asked.map(({ request }) => request.query)).toEqual(['subscription', 'a fourth']);
  });
});

describe('completions', () => {
  test('overlap, so that a far subgraph does not slow events down, and are shown in order', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    upstream.completeBy = async (name) => {
      begun.push(name);
      await new Promise<void>((end) => ends.set(name, end));
    };
    upstream.send('b0', ...numbers(1, 10));
    await everythingSettled();
    expect(begun).toEqual(numbers(1, 8));
    ends.get('3')!();
    ends.get('2')!();
    await everythingSettled();
    expect([begun, watcher.seen]).toEqual([numbers(1, 10), []]);
    ends.get('1')!();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1', '2', '3']);
  });
});

/** What `--expose-gc` gives, without the flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('an event that cannot be read', () => {
  test('ends its room, and does not reach the socket that all rooms share', async () => {
    const faults: unknown[] = [];
    const { upstream, watch, events } = open({ onFault: (error) => faults.push(error) });
    upstream.unreadable = 'poison';
    const watcher = watch();
    upstream.send('b0', '1');
    expect(() => upstream.send('poison')).not.toThrow();
    await everythingSettled();
    expect([watcher.seen, events]).toEqual([['1', 'SUBSCRIPTION_UPSTREAM_LOST'], ['over']]);
    expect([faults.length, upstream.open]).toEqual([1, 0]);
  });
});

describe('a room that goes over to a new topic', () => {
  test('keeps nothing of the one before, where upstream is asked for the same', async () => {
    let format: RoomTopic['format'] | null = (errors) => errors;
    const isLeft = new WeakRef(format);
    const { room, upstream, watch } = open({ format });
    format = null;
    watch();
    upstream.send('b0', '1');
    await everythingSettled();
    room.renew(upstream.topic({ generation: 2 }));
    upstream.send('2');
    await everythingSettled();
    await everythingSettled();
    collectGarbage();
    expect(isLeft.deref()).toBeUndefined();
  });
});
