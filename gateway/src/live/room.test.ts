import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Room, type Membership, type RoomTopic } from './room.js';
import { ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const code = (text: string) => ({ message: text, extensions: { code: text } });
const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => String(first + n));

/** A room that notes what becomes of it. */
function open(topic: Partial<RoomTopic> = {}, after: string | null = null) {
  const upstream = new ScriptedUpstream();
  const events: string[] = [];
  const room = new Room(upstream.topic(topic), after, {
    onEmpty: () => void events.push('empty'),
    onProgress: () => {},
    onOver: () => void events.push('over'),
  });
  const watch = (join: (watcher: ScriptedWatcher) => Membership | null = (one) => room.join(one)) => {
    const watcher = new ScriptedWatcher();
    watcher.membership = join(watcher);
    return watcher;
  };
  return { room, upstream, events, watch };
}

/** Loses the upstream and waits until it is taken up again. */
async function loseAndRetry(upstream: ScriptedUpstream): Promise<void> {
  upstream.last.sink.lost();
  await everythingSettled();
  await jest.advanceTimersByTimeAsync(5_000);
  await everythingSettled();
}

describe('watchers of one room', () => {
  test('share one upstream, one completion and one serialisation of each event', async () => {
    const { upstream, watch } = open();
    const watchers = [watch(), watch(), watch()];
    upstream.send('b0', '1', '2');
    await everythingSettled();
    for (const { seen } of watchers) expect(seen).toEqual(['1', '2']);
    expect(upstream.asked).toHaveLength(1);
    expect(upstream.last.request).toEqual({ query: 'subscription', variables: { filter: 'f' } });
    expect(upstream.last.auth).toEqual({ viewer: null, scopes: new Set(['read']) });
    expect(upstream.completed).toHaveLength(2);
  });

  test('get events in their order, however long the completion of one takes', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    upstream.hold();
    upstream.send('b0', '1');
    await everythingSettled();
    const release = () => upstream.release();
    upstream.send('2', '3');
    await everythingSettled();
    expect(watcher.seen).toEqual([]);
    release();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1', '2', '3']);
  });

  test('get bookmarks when they have asked for them', async () => {
    const { upstream, watch } = open({ bookmarks: true }, '0');
    const watcher = watch();
    upstream.send('b0', '1', 'b1', '2', 'b2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', '1', 'b1', '2', 'b2']);
  });

  test('are told when upstream is complete', async () => {
    const { upstream, watch, events } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    upstream.last.sink.complete();
    await everythingSettled();
    expect([watcher.seen, events]).toEqual([['1', 'complete'], ['over']]);
  });

  test('come back for what they have not taken when upstream is complete', async () => {
    const { upstream, watch } = open();
    const watcher = watch();
    watcher.ready = false;
    upstream.send('b0', '1', '2');
    upstream.last.sink.complete();
    await everythingSettled();
    watcher.wake();
    await everythingSettled();
    expect(watcher.seen).toEqual(['SUBSCRIPTION_LAGGED']);
  });

  test('are told why upstream has turned the operation away', async () => {
    const { upstream, watch } = open({ format: () => [code('FORMATTED')] });
    const watcher = watch();
    upstream.last.sink.refused([code('BAD_USER_INPUT')]);
    await everythingSettled();
    expect(watcher.seen).toEqual(['refused FORMATTED']);
  });

  test('are cut off when an event cannot be completed for reasons that nobody has foreseen', async () => {
    const faults: unknown[] = [];
    const { upstream, watch, events } = open({
      complete: () => Promise.reject(new Error('unforeseen')),
      onFault: (error) => void faults.push(error),
    });
    const watcher = watch();
    upstream.send('b0', '1', '2');
    await everythingSettled();
    expect([watcher.seen, events, upstream.open]).toEqual([['SUBSCRIPTION_UPSTREAM_LOST'], ['over'], 0]);
    expect(faults).toEqual([new Error('unforeseen')]);
  });

  test('leave one by one, the last one an empty room', async () => {
    const { upstream, watch, events } = open();
    const [one, other] = [watch(), watch()];
    one.membership!.leave();
    one.membership!.leave();
    upstream.send('b0', '1');
    await everythingSettled();
    expect([one.seen, other.seen, events]).toEqual([[], ['1'], []]);
    other.membership!.leave();
    expect(events).toEqual(['empty']);
  });

  test('may leave while they are being told', async () => {
    const { upstream, watch } = open();
    const [one, other, third] = [watch(), watch(), watch()];
    one.onNext = () => {
      one.membership!.leave();
      other.membership!.leave();
    };
    upstream.send('b0', '1', '2');
    await everythingSettled();
    expect([one.seen, other.seen, third.seen]).toEqual([['1'], [], ['1', '2']]);
  });

  test('get nothing more when the room is closed', async () => {
    const { room, upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    room.close();
    upstream.last.sink.next({ data: { cursor: '2', item: '2' } });
    upstream.last.sink.lost();
    await everythingSettled();
    expect([watcher.seen, upstream.open, jest.getTimerCount()]).toEqual([[], 0, 0]);
  });
});

describe('a watcher who comes into a room that has begun', () => {
  test('gets what comes from now on', async () => {
    const { room, upstream, watch } = open();
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    upstream.send('2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['2']);
  });

  test('gets a bookmark of where it comes in', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    upstream.send('2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', '2']);
  });

  test('gets what it has missed from the ring', async () => {
    const { room, upstream, watch } = open();
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    upstream.send('4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['2', '3', '4']);
    expect(upstream.completed).toHaveLength(4);
  });

  test('gets a bookmark before and after what it has missed', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    upstream.send('4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', '2', '3', 'b3', '4']);
  });

  test('gets both bookmarks when it has missed nothing', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', 'b1']);
  });

  test('gets its own cursor, whatever characters it is of', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', "$&$'$`$$1");
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    await everythingSettled();
    expect(watcher.seen).toEqual(["b$&$'$`$$1"]);
  });

  test('is not let in with a cursor that the ring does not have', async () => {
    const { room, upstream, watch } = open();
    upstream.send('b1', '2');
    await everythingSettled();
    expect(watch((one) => room.joinAfter(one, '0')).membership).toBeNull();
    expect(room.size).toBe(0);
  });
});

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
