import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { open } from './testing/opened-room.js';
import { numbers } from './testing/scripted-upstream.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

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
