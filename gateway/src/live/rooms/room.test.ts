import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { open } from './testing/opened-room.js';
import { everythingSettled } from './testing/scripted-watcher.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const code = (text: string) => ({ message: text, extensions: { code: text } });
const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => String(first + n));

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

describe('a watcher that fails', () => {
  test('loses its own place, and nobody else theirs', async () => {
    const faults: unknown[] = [];
    const { upstream, watch } = open({ onFault: (error) => faults.push(error) });
    const [bad, good] = [watch(), watch()];
    bad.onNext = () => {
      throw new Error('unforeseen');
    };
    upstream.send('b0', '1', '2');
    await everythingSettled();
    expect([bad.seen, good.seen]).toEqual([['1'], ['1', '2']]);
    expect(faults).toEqual([new Error('unforeseen')]);
  });

  test('when it is told of the end does not keep it from others', async () => {
    const { upstream, watch } = open();
    const [bad, good] = [watch(), watch()];
    bad.complete = () => {
      throw new Error('unforeseen');
    };
    upstream.send('b0', '1');
    upstream.last.sink.complete();
    await everythingSettled();
    expect(good.seen).toEqual(['1', 'complete']);
  });
});

describe('an event without a cursor', () => {
  test('is had by who comes back from before it', async () => {
    const { room, upstream, watch } = open();
    const watcher = watch();
    upstream.send('b0', '1');
    upstream.last.sink.next({ data: { item: 'no cursor' } });
    await everythingSettled();
    const back = watch((one) => room.joinAfter(one, '1'));
    await everythingSettled();
    expect(watcher.texts).toHaveLength(2);
    expect(back.texts).toEqual(watcher.texts.slice(1));
  });
});
