import { describe, expect, jest, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRoom } from './testing/opened-room.js';
import { code, type ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

/** Loses the upstream and waits until the room has resubscribed. */
async function loseAndRetry(upstream: ScriptedUpstream): Promise<void> {
  upstream.last.sink.lost();
  await everythingSettled();
  await jest.advanceTimersByTimeAsync(5_000);
  await everythingSettled();
}

describe('a lost upstream', () => {
  test('is resumed after the last event, unnoticed by watchers', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
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

  test('is resumed after events that still wait for completion', async () => {
    const { upstream, watch } = openRoom();
    const watcher = watch();
    upstream.hold();
    upstream.send('b0', '1', '2');
    await loseAndRetry(upstream);
    expect(upstream.asked).toHaveLength(1);
    upstream.release();
    await everythingSettled();
    expect([watcher.seen, upstream.asked.length, upstream.lastAfter]).toEqual([['1', '2'], 2, '2']);
  });

  test('is resumed from its start cursor when no event has arrived', async () => {
    const { upstream, watch } = openRoom({ bookmarks: true }, '7');
    const watcher = watch();
    await loseAndRetry(upstream);
    expect(upstream.lastAfter).toBe('7');
    upstream.send('b7', '8', 'b8');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b7', '8', 'b8']);
  });

  test('still sends the bookmark at the end of missed events', async () => {
    const { upstream, watch } = openRoom({ bookmarks: true }, '0');
    const watcher = watch();
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.send('b1', '2', 'b2', '3');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b0', '1', '2', 'b2', '3']);
  });

  test('delivers no more events', async () => {
    const { upstream, watch } = openRoom();
    const watcher = watch();
    upstream.send('b0', '1');
    const [first] = upstream.asked;
    await loseAndRetry(upstream);
    first!.sink.next({ data: { cursor: '9', item: '9' } });
    first!.sink.complete();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1']);
  });

  test('is not resumed when the last watcher has left in the meantime', async () => {
    const { room, upstream, watch } = openRoom();
    const watcher = watch();
    upstream.send('b0');
    upstream.last.sink.lost();
    await everythingSettled();
    watcher.membership!.leave();
    room.close();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([upstream.asked.length, jest.getTimerCount()]).toEqual([1, 0]);
  });

  test('ends the room when its cursor has expired in the meantime', async () => {
    const { upstream, watch, events } = openRoom();
    const watchers = [watch(), watch()];
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.last.sink.rejected([code('CURSOR_EXPIRED')]);
    await everythingSettled();
    for (const { seen } of watchers) expect(seen).toEqual(['1', 'rejected CURSOR_EXPIRED']);
    expect(events).toEqual(['closed']);
  });

  test('is retried after SUBGRAPH_UNAVAILABLE, even before it was ever accepted', async () => {
    const { upstream, watch } = openRoom({}, '7');
    const watcher = watch();
    upstream.last.sink.rejected([code('SUBGRAPH_UNAVAILABLE')]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(upstream.asked).toHaveLength(2);
    expect(upstream.lastAfter).toBe('7');
    upstream.send('b7', '8');
    await everythingSettled();
    expect(watcher.seen).toEqual(['8']);
  });

  test.each(['INTERNAL_SERVER_ERROR', 'GRAPHQL_VALIDATION_FAILED'])('is retried after %s', async (why) => {
    const { upstream, watch } = openRoom();
    const watcher = watch();
    upstream.send('b0', '1');
    await loseAndRetry(upstream);
    upstream.last.sink.rejected([code(why)]);
    await everythingSettled();
    await jest.advanceTimersByTimeAsync(5_000);
    upstream.send('b1', '2');
    await everythingSettled();
    expect([watcher.seen, upstream.asked.length]).toEqual([['1', '2'], 3]);
  });

  test('is not retried when the subgraph has never accepted the operation and rejects it as invalid', async () => {
    const { upstream, watch } = openRoom();
    const watcher = watch();
    upstream.last.sink.rejected([code('GRAPHQL_VALIDATION_FAILED')]);
    await everythingSettled();
    expect(watcher.seen).toEqual(['rejected GRAPHQL_VALIDATION_FAILED']);
  });

  test('is given up at the end of the retry window', async () => {
    const { upstream, watch, events } = openRoom({ retryWindowMs: 1_000 });
    const watcher = watch();
    upstream.send('b0', '1');
    for (let tries = 0; tries < 30 && events.length === 0; tries += 1) {
      upstream.last.sink.lost();
      await everythingSettled();
      await jest.advanceTimersByTimeAsync(200);
    }
    expect([watcher.seen, events]).toEqual([['1', 'SUBSCRIPTION_UPSTREAM_LOST'], ['closed']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('starts a new retry window after it was back', async () => {
    const { upstream, watch } = openRoom({ retryWindowMs: 6_000 });
    const watcher = watch();
    upstream.send('b0');
    for (let n = 1; n < 5; n += 1) {
      await loseAndRetry(upstream);
      upstream.send(`b${n - 1}`, String(n));
      await everythingSettled();
    }
    expect(watcher.seen).toEqual(['1', '2', '3', '4']);
  });

  test('ends the room when the field cannot be resumed', async () => {
    const { upstream, watch } = openRoom({ resumption: null });
    const watcher = watch();
    upstream.send('1');
    upstream.last.sink.lost();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1', 'SUBSCRIPTION_UPSTREAM_LOST']);
  });
});
