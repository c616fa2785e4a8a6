import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { open } from './testing/opened-room.js';
import { code, type ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

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
