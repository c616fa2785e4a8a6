import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRoom } from './testing/opened-room.js';
import { code } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('watchers of one room', () => {
  test('share one upstream, one completion and one serialisation of each event', async () => {
    const { upstream, watch } = openRoom();
    const watchers = [watch(), watch(), watch()];
    upstream.send('b0', '1', '2');
    await everythingSettled();
    for (const { seen } of watchers) expect(seen).toEqual(['1', '2']);
    expect(upstream.asked).toHaveLength(1);
    expect(upstream.last.request).toEqual({ query: 'subscription', variables: { filter: 'f' } });
    expect(upstream.last.auth).toEqual({ viewer: null, scopes: new Set(['read']) });
    expect(upstream.completed).toHaveLength(2);
  });

  test('receive bookmarks on request', async () => {
    const { upstream, watch } = openRoom({ bookmarks: true }, '0');
    const watcher = watch();
    upstream.send('b0', '1', 'b1', '2', 'b2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', '1', 'b1', '2', 'b2']);
  });

  test('are notified when the upstream completes', async () => {
    const { upstream, watch, events } = openRoom();
    const watcher = watch();
    upstream.send('b0', '1');
    upstream.last.sink.complete();
    await everythingSettled();
    expect([watcher.seen, events]).toEqual([['1', 'complete'], ['closed']]);
  });

  test('are cut off when the upstream completes before they have received everything', async () => {
    const { upstream, watch } = openRoom();
    const watcher = watch();
    watcher.ready = false;
    upstream.send('b0', '1', '2');
    upstream.last.sink.complete();
    await everythingSettled();
    watcher.wake();
    await everythingSettled();
    expect(watcher.seen).toEqual(['SUBSCRIPTION_LAGGED']);
  });

  test('receive the errors when the upstream rejects the operation', async () => {
    const { upstream, watch } = openRoom({ format: () => [code('FORMATTED')] });
    const watcher = watch();
    upstream.last.sink.rejected([code('BAD_USER_INPUT')]);
    await everythingSettled();
    expect(watcher.seen).toEqual(['rejected FORMATTED']);
  });

  test('are cut off after an unexpected error in a completion', async () => {
    const faults: unknown[] = [];
    const { upstream, watch, events } = openRoom({
      complete: () => Promise.reject(new Error('unexpected')),
      onFault: (error) => void faults.push(error),
    });
    const watcher = watch();
    upstream.send('b0', '1', '2');
    await everythingSettled();
    expect([watcher.seen, events, upstream.open]).toEqual([['SUBSCRIPTION_UPSTREAM_LOST'], ['closed'], 0]);
    expect(faults).toEqual([new Error('unexpected')]);
  });

  test('can leave one by one, until the room is empty', async () => {
    const { upstream, watch, events } = openRoom();
    const [one, other] = [watch(), watch()];
    one.membership!.leave();
    one.membership!.leave();
    upstream.send('b0', '1');
    await everythingSettled();
    expect([one.seen, other.seen, events]).toEqual([[], ['1'], []]);
    other.membership!.leave();
    expect(events).toEqual(['empty']);
  });

  test('can leave during delivery', async () => {
    const { upstream, watch } = openRoom();
    const [one, other, third] = [watch(), watch(), watch()];
    one.onNext = () => {
      one.membership!.leave();
      other.membership!.leave();
    };
    upstream.send('b0', '1', '2');
    await everythingSettled();
    expect([one.seen, other.seen, third.seen]).toEqual([['1'], [], ['1', '2']]);
  });

  test('receive nothing after the room is closed', async () => {
    const { room, upstream, watch } = openRoom();
    const watcher = watch();
    upstream.send('b0', '1');
    room.close();
    upstream.last.sink.next({ data: { cursor: '2', item: '2' } });
    upstream.last.sink.lost();
    await everythingSettled();
    expect([watcher.seen, upstream.open, jest.getTimerCount()]).toEqual([[], 0, 0]);
  });
});

describe('a watcher that throws', () => {
  test('is removed without affecting others', async () => {
    const faults: unknown[] = [];
    const { upstream, watch } = openRoom({ onFault: (error) => faults.push(error) });
    const [bad, good] = [watch(), watch()];
    bad.onNext = () => {
      throw new Error('unexpected');
    };
    upstream.send('b0', '1', '2');
    await everythingSettled();
    expect([bad.seen, good.seen]).toEqual([['1'], ['1', '2']]);
    expect(faults).toEqual([new Error('unexpected')]);
  });

  test('does not keep others from being notified of the end', async () => {
    const { upstream, watch } = openRoom();
    const [bad, good] = [watch(), watch()];
    bad.complete = () => {
      throw new Error('unexpected');
    };
    upstream.send('b0', '1');
    upstream.last.sink.complete();
    await everythingSettled();
    expect(good.seen).toEqual(['1', 'complete']);
  });
});
