import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRooms } from './testing/opened-rooms.js';
import { code } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

fakeTimers();

describe('a room', () => {
  test('is shared by watchers with the same key', async () => {
    const { rooms, upstream, topic, watch, send } = openRooms();
    const watchers = [watch(), watch()];
    const other = new ScriptedWatcher();
    rooms.join({ ...topic, key: 'other' }, null, other);
    await send(0, 'b0', '1');
    expect([...watchers, other].map(({ seen }) => seen)).toEqual([['1'], ['1'], []]);
    expect(upstream.open).toBe(2);
  });

  test('sends nothing before the watcher has its membership', async () => {
    const { watch, send } = openRooms({ bookmarks: true });
    watch();
    await send(0, 'b0', '1');
    let early = 0;
    const note = (watcher: ScriptedWatcher) => {
      watcher.onNext = () => {
        if (!watcher.membership) early += 1;
      };
    };
    watch(null, note);
    watch('0', note);
    await everythingSettled();
    expect(early).toBe(0);
  });

  test('is closed one second after its last watcher has left', async () => {
    const { upstream, watch, send, later, expectNothingLeft } = openRooms();
    const watcher = watch();
    await send(0, 'b0');
    watcher.membership!.leave();
    await later(900);
    expect(upstream.open).toBe(1);
    await expectNothingLeft();
  });

  test('stays open for a watcher that reconnects within a second', async () => {
    const { upstream, watch, send, later } = openRooms();
    const watcher = watch();
    await send(0, 'b0', '1');
    watcher.membership!.leave();
    await send(0, '2');
    const back = watch('1');
    await later(5_000);
    await send(0, '3');
    expect([back.seen, upstream.asked.length, upstream.open]).toEqual([['2', '3'], 1, 1]);
  });

  test('is replaced after it has ended', async () => {
    const { upstream, watch, send } = openRooms();
    const one = watch();
    await send(0, 'b0');
    upstream.last.sink.complete();
    await everythingSettled();
    expect(one.seen).toEqual(['complete']);
    const other = watch();
    await send(1, 'b0', '1');
    expect(other.seen).toEqual(['1']);
  });
});

describe('a watcher that starts now', () => {
  test('does not receive the missed events of another watcher', async () => {
    const { upstream, watch } = openRooms();
    const back = watch('0');
    const fresh = watch();
    await everythingSettled();
    for (const asked of upstream.asked.slice()) {
      const isBack = asked.request.variables['live__after'] === '0';
      upstream.sendTo(asked, ...(isBack ? ['b0', '1', '2', '3', 'b3', '4'] : ['b3', '4']));
    }
    await everythingSettled();
    expect(back.seen).toEqual(['1', '2', '3', '4']);
    expect(fresh.seen).toEqual(['4']);
  });

  test.each(['CURSOR_EXPIRED', 'BAD_USER_INPUT'])(
    'is not rejected for the cursor of another watcher (%s)',
    async (why) => {
      const { upstream, watch } = openRooms();
      const bad = watch('forged');
      const fresh = watch();
      await everythingSettled();
      upstream.asked.find(({ request }) => 'live__after' in request.variables)!.sink.rejected([code(why)]);
      await everythingSettled();
      expect(bad.seen).toEqual([`rejected ${why}`]);
      expect(fresh.seen).toEqual([]);
      expect(upstream.open).toBeGreaterThan(0);
    },
  );
});

test('an error in a closed room does not affect its successor', async () => {
  let fail = () => {};
  const { upstream, watch, send, later } = openRooms({
    complete: () => new Promise((_, reject) => (fail = () => reject(new Error('unexpected')))),
  });
  const one = watch();
  await send(0, 'b0', '1');
  one.membership!.leave();
  await later(5_000);
  watch();
  fail();
  await everythingSettled();
  watch();
  expect(upstream.asked).toHaveLength(2);
});

describe('closing all rooms', () => {
  test('closes two rooms behind with the same cursor', async () => {
    const { rooms, upstream, watch, send, expectNothingLeft } = openRooms();
    watch();
    await send(0, 'b10');
    watch('5');
    await send(1, 'b5');
    for (let n = 0; n < 1_200; n += 100) {
      await send(1, ...Array.from({ length: 100 }, (_, m) => `5.${n + m}`));
    }
    watch('5');
    expect(upstream.open).toBe(3);
    rooms.close();
    await expectNothingLeft();
  });

  test('closes two rooms behind with different cursors', async () => {
    const { rooms, watch, send, expectNothingLeft } = openRooms();
    watch('5');
    watch('7');
    await send(1, 'b5');
    rooms.close();
    await expectNothingLeft();
  });

  test('closes a room behind whose main room has ended', async () => {
    const { rooms, upstream, watch, send, expectNothingLeft } = openRooms();
    watch();
    await send(0, 'b10');
    watch('5');
    upstream.asked[0]!.sink.complete();
    await everythingSettled();
    rooms.close();
    await expectNothingLeft();
  });
});
