import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import type { RoomTopic } from './room-topic.js';
import { fakeTimers } from './testing/fake-timers.js';
import { open } from './testing/opened-room.js';
import { numbers, type ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

/** What `--expose-gc` gives, without the flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

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

describe('a room that goes over to a new topic', () => {
  test('keeps nothing of the one before, where upstream is asked for the same', async () => {
    let format: RoomTopic['format'] | null = (errors) => errors;
    const isLeft = new WeakRef(format);
    const { room, upstream, watch } = open({ format });
    format = null;
    watch();
    upstream.send('b0', '1');
    await everythingSettled();
    room.renew(upstream.topic({ version: 2 }));
    upstream.send('2');
    await everythingSettled();
    await everythingSettled();
    collectGarbage();
    expect(isLeft.deref()).toBeUndefined();
  });
});
