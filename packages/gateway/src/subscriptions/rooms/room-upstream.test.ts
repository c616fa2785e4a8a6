import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRoom } from './testing/opened-room.js';
import { numbers } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('more events than can be completed', () => {
  test('pause the upstream without losing or repeating any', async () => {
    const { upstream, watch } = openRoom({ bookmarks: true });
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

  test('end the room when the field cannot be resumed', async () => {
    const { upstream, watch } = openRoom({ resumption: null });
    const watcher = watch();
    upstream.hold();
    upstream.send(...numbers(1, 700));
    upstream.release();
    await everythingSettled();
    expect(watcher.seen).toEqual([...numbers(1, 500), 'SUBSCRIPTION_LAGGED']);
    expect(upstream.open).toBe(0);
  });
});

describe('completions', () => {
  test('run concurrently and are delivered in order', async () => {
    const { upstream, watch } = openRoom();
    const watcher = watch();
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    upstream.beforeCompletion = async (name) => {
      begun.push(name);
      await new Promise<void>((end) => ends.set(name, end));
    };
    upstream.send('b0', ...numbers(1, 66));
    await everythingSettled();
    expect(begun).toEqual(numbers(1, 64));
    ends.get('3')!();
    ends.get('2')!();
    await everythingSettled();
    expect([begun, watcher.seen]).toEqual([numbers(1, 66), []]);
    ends.get('1')!();
    await everythingSettled();
    expect(watcher.seen).toEqual(['1', '2', '3']);
  });
});

describe('an unreadable event', () => {
  test('ends its room without throwing into the shared socket', async () => {
    const faults: unknown[] = [];
    const { upstream, watch, events } = openRoom({ onFault: (error) => faults.push(error) });
    upstream.unreadableItem = 'poison';
    const watcher = watch();
    upstream.send('b0', '1');
    expect(() => upstream.send('poison')).not.toThrow();
    await everythingSettled();
    expect([watcher.seen, events]).toEqual([['1', 'SUBSCRIPTION_UPSTREAM_LOST'], ['closed']]);
    expect([faults.length, upstream.open]).toEqual([1, 0]);
  });
});
