import { describe, expect, test } from '@jest/globals';
import type { Upstream } from '../../subgraphs/upstream.js';
import { fakeTimers } from './testing/fake-timers.js';
import { openReplannedRooms } from './testing/replanned-rooms.js';
import { ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

fakeTimers();

describe('a new schema', () => {
  test('is used by all rooms of a subscription: main or behind, empty or not', async () => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms();
    const gone = watch();
    await send(0, 'b10', '11');
    const back = watch(undefined, '5');
    await send(1, 'b5', '6');
    gone.membership!.leave();
    await renew(2, () => plan(2, 'another'));
    expect(upstream.asked.map(({ request, isStopped }) => [request.query, isStopped])).toEqual([
      ['subscription', true],
      ['subscription', true],
      ['another', false],
      ['another', false],
    ]);
    expect(upstream.asked.map(({ request }) => request.variables['live__after'])).toEqual([
      undefined,
      '5',
      '11',
      '6',
    ]);
    await send(3, 'b6', '7', '11');
    await send(2, 'b11', '12');
    expect(back.seen).toEqual(['6', '7', '11', '12']);
    expect(upstream.open).toBe(1);
  });

  test('is used by a room behind whose main room has ended', async () => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms();
    watch();
    await send(0, 'b10');
    watch(undefined, '5');
    await send(1, 'b5');
    upstream.asked[0]!.sink.complete();
    await everythingSettled();
    await renew(2, () => plan(2, 'another'));
    expect([upstream.last.request.query, upstream.lastAfter, upstream.open]).toEqual(['another', '5', 1]);
  });

  test('with another address of the subgraph resumes there after the last event', async () => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms();
    const moved = new ScriptedUpstream();
    const watcher = watch();
    await send(0, 'b10', '11');
    await renew(2, () => ({ ...plan(2), upstream: moved as unknown as Upstream }));
    expect([upstream.open, moved.open, moved.lastAfter]).toEqual([0, 1, '11']);
    moved.send('b11', '12');
    await everythingSettled();
    expect(watcher.seen).toEqual(['11', '12']);
  });

  test('ends a subscription that another subgraph serves now, whose cursors differ', async () => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms();
    const watcher = watch();
    await send(0, 'b10', '11');
    await renew(2, () => ({ ...plan(2), upstream: new ScriptedUpstream('second') as unknown as Upstream }));
    expect([watcher.seen, upstream.open]).toEqual([['11', 'rejected SUBSCRIPTION_SCHEMA_RELOAD'], 0]);
  });

  test('is used by rooms that are opened later', async () => {
    const { upstream, plan, watch, renew, send } = openReplannedRooms();
    watch();
    await send(0, 'b10');
    await renew(2, () => plan(2, 'another'));
    watch(plan(2, 'another'), '5');
    expect([upstream.last.request.query, upstream.lastAfter]).toEqual(['another', '5']);
  });

  test('yields to other work between two rooms', async () => {
    const { rooms, plan, renew } = openReplannedRooms();
    let turns = 0;
    let isClosed = false;
    const count = () => {
      turns += 1;
      if (!isClosed) setImmediate(count);
    };
    setImmediate(count);
    const replanned: number[] = [];
    for (let n = 0; n < 50; n += 1) {
      const key = `key ${n}`;
      const replan = async () => {
        replanned.push(turns);
        return { ...plan(2), key };
      };
      rooms.join({ ...plan(1), key, replan }, null, new ScriptedWatcher());
    }
    await renew(2, () => plan(2));
    isClosed = true;
    expect(new Set(replanned).size).toBe(50);
  });

  test('does not affect a room that fails to plan, but is used by the others', async () => {
    const { rooms, faults, completed, plan, watch, renew, send } = openReplannedRooms();
    const watcher = watch();
    rooms.join(
      { ...plan(1), key: 'other', replan: async () => ({ ...plan(2), key: 'other' }) },
      null,
      watch(),
    );
    await renew(2, () => Promise.reject(new Error('unexpected')));
    await send(0, 'b0', '1');
    await send(1, 'b0', '1');
    expect([faults, watcher.seen, completed]).toEqual([
      [new Error('unexpected')],
      ['1'],
      ['1 by 1', '1 by 2'],
    ]);
  });
});

describe('watchers that can no longer share', () => {
  test('are cut off at once, before the new plan completes any event', async () => {
    const { rooms, upstream, completed, plan, watch, renew, send } = openReplannedRooms();
    const main = watch();
    await send(0, 'b10', '11');
    const back = watch(undefined, '5');
    await send(1, 'b5', '6');
    upstream.hold();
    await send(0, '12');
    await renew(2, () => ({ ...plan(2), key: 'of one of them' }));
    expect([main.seen, back.seen]).toEqual([
      ['11', 'SUBSCRIPTION_LAGGED'],
      ['6', 'SUBSCRIPTION_LAGGED'],
    ]);
    expect(upstream.open).toBe(0);
    upstream.release();
    await everythingSettled();
    expect(completed.filter((each) => each.endsWith('2'))).toEqual([]);
    const again = new ScriptedWatcher();
    rooms.join({ ...plan(2), key: 'of one of them' }, '11', again);
    await everythingSettled();
    upstream.sendTo(
      upstream.asked.find(({ isStopped, request }) => !isStopped && 'live__after' in request.variables)!,
      'b11',
      '12',
    );
    await everythingSettled();
    expect(again.seen).toEqual(['12']);
  });

  test('get another room even before the old room is planned again', async () => {
    const { upstream, plan, watch, send } = openReplannedRooms();
    const one = watch();
    const other = watch({ ...plan(2), key: 'of one of them' });
    await send(0, 'b0', '1');
    expect([one.seen, other.seen, upstream.open]).toEqual([['1'], [], 2]);
  });
});

describe('a watcher that joins while rooms are planned again', () => {
  test('brings a newer plan, which the room uses at once', async () => {
    const { upstream, plan, watch, send } = openReplannedRooms();
    const watcher = watch();
    await send(0, 'b0', '1');
    const newWatcher = watch(plan(2, 'another'));
    await everythingSettled();
    expect([upstream.last.request.query, upstream.lastAfter, upstream.open]).toEqual(['another', '1', 1]);
    await send(1, 'b1', '2');
    expect([watcher.seen, newWatcher.seen]).toEqual([['1', '2'], ['2']]);
  });

  test('does not bring back an older plan', async () => {
    const { upstream, completed, plan, watch, send } = openReplannedRooms();
    const watcher = watch(plan(2, 'another'));
    await send(0, 'b0', '1');
    const late = watch(plan(1));
    await send(0, '2');
    expect([upstream.asked.length, completed]).toEqual([1, ['1 by 2', '2 by 2']]);
    expect([watcher.seen, late.seen]).toEqual([['1', '2'], ['2']]);
  });

  test('keeps its newer plan when the room’s own replan returns an older one', async () => {
    const { completed, plan, watch, renew, send } = openReplannedRooms();
    const watcher = watch();
    await send(0, 'b0', '1');
    let replans = 0;
    await renew(2, () => {
      replans += 1;
      watch(plan(3));
      return plan(2);
    });
    await send(0, '2');
    expect([watcher.seen, completed, replans]).toEqual([['1', '2'], ['1 by 1', '2 by 3'], 1]);
  });

  test('is not rejected when the room’s own replan rejects an older plan', async () => {
    const { plan, watch, renew, send } = openReplannedRooms();
    const watcher = watch();
    await send(0, 'b0', '1');
    await renew(2, () => {
      watch(plan(3));
      return [{ message: 'no' }];
    });
    await send(0, '2');
    expect(watcher.seen).toEqual(['1', '2']);
  });
});
