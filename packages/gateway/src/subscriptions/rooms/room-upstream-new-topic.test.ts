import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import type { RoomTopic } from './room-topic.js';
import { fakeTimers } from './testing/fake-timers.js';
import { openRoom } from './testing/opened-room.js';
import { numbers, type ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

/** Collects garbage without starting Node with `--expose-gc`. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('a new topic', () => {
  const planned = (upstream: ScriptedUpstream, query: string, overrides: Partial<RoomTopic> = {}) => {
    const topic = upstream.topic(overrides);
    return { ...topic, request: { ...topic.request, query } };
  };
  /** Records which topic has completed which event. */
  const recording = (name: string, used: string[]): Partial<RoomTopic> => ({
    complete: async ({ data }) => {
      used.push(`${String(data!['cursor'])} by ${name}`);
      return { data: data! };
    },
  });

  test('completes later events when the upstream request stays the same', async () => {
    const used: string[] = [];
    const { room, upstream, watch } = openRoom(recording('the old one', used));
    const watcher = watch();
    upstream.send('b0', '1');
    await everythingSettled();
    room.useTopic(planned(upstream, 'subscription', recording('the new one', used)));
    upstream.send('2');
    await everythingSettled();
    expect([used, watcher.seen]).toEqual([
      ['1 by the old one', '2 by the new one'],
      ['1', '2'],
    ]);
    expect([upstream.asked.length, upstream.open]).toEqual([1, 1]);
  });

  test('does not complete events that the old topic has begun to complete', async () => {
    const used: string[] = [];
    const { room, upstream, watch } = openRoom();
    const watcher = watch();
    upstream.hold();
    upstream.send('b0', ...numbers(1, 65));
    await everythingSettled();
    room.useTopic(planned(upstream, 'subscription', recording('the new one', used)));
    upstream.release();
    await everythingSettled();
    expect([used, watcher.seen]).toEqual([['65 by the new one'], numbers(1, 65)]);
  });

  test('resubscribes after the last event with another upstream request, unnoticed by watchers', async () => {
    const used: string[] = [];
    const { room, upstream, watch } = openRoom({ bookmarks: true, ...recording('the old one', used) });
    const watcher = watch();
    upstream.send('b0', '1', '2');
    await everythingSettled();
    room.useTopic(planned(upstream, 'another', { bookmarks: true, ...recording('the new one', used) }));
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

  test('waits for the first cursor before it resubscribes', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
    const watcher = watch();
    room.useTopic(planned(upstream, 'another', { bookmarks: true }));
    await everythingSettled();
    expect([upstream.asked.length, upstream.open]).toEqual([1, 1]);
    upstream.send('b7');
    await everythingSettled();
    expect([upstream.asked.length, upstream.open, upstream.lastAfter]).toEqual([2, 1, '7']);
    upstream.send('b7', '8', 'b8');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b7', '8']);
  });

  test('is used to resume a lost upstream', async () => {
    const { room, upstream, watch } = openRoom();
    const watcher = watch();
    upstream.send('b0', '1');
    upstream.last.sink.lost();
    await everythingSettled();
    room.useTopic(planned(upstream, 'another'));
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

  test('resubscribes once after several new topics', async () => {
    const { room, upstream, watch } = openRoom();
    watch();
    upstream.hold();
    upstream.send('b0', '1');
    await everythingSettled();
    for (const query of ['another', 'a third', 'a fourth']) room.useTopic(planned(upstream, query));
    upstream.release();
    await everythingSettled();
    expect(upstream.asked.map(({ request }) => request.query)).toEqual(['subscription', 'a fourth']);
  });
});

describe('a room with a new topic', () => {
  test('releases the old topic when the upstream request stays the same', async () => {
    let format: RoomTopic['format'] | null = (errors) => errors;
    const oldFormat = new WeakRef(format);
    const { room, upstream, watch } = openRoom({ format });
    format = null;
    watch();
    upstream.send('b0', '1');
    await everythingSettled();
    room.useTopic(upstream.topic({ version: 2 }));
    upstream.send('2');
    await everythingSettled();
    await everythingSettled();
    collectGarbage();
    expect(oldFormat.deref()).toBeUndefined();
  });
});
