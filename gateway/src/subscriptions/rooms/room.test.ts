import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { open } from './testing/opened-room.js';
import { code } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

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
