import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { house } from './testing/opened-rooms.js';
import { code } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

fakeTimers();

describe('a room', () => {
  test('is for those of one key', async () => {
    const { rooms, upstream, topic, watch, send } = house();
    const watchers = [watch(), watch()];
    const other = new ScriptedWatcher();
    rooms.join({ ...topic, key: 'other' }, null, other);
    await send(0, 'b0', '1');
    expect([...watchers, other].map(({ seen }) => seen)).toEqual([['1'], ['1'], []]);
    expect(upstream.open).toBe(2);
  });

  test('tells a watcher nothing before the watcher could leave', async () => {
    const { watch, send } = house({ bookmarks: true });
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

  test('stays for a moment when its last watcher has left, and is closed then', async () => {
    const { upstream, watch, send, later, expectNothingLeft } = house();
    const watcher = watch();
    await send(0, 'b0');
    watcher.membership!.leave();
    await later(900);
    expect(upstream.open).toBe(1);
    await expectNothingLeft();
  });

  test('goes on for one who comes back in that moment', async () => {
    const { upstream, watch, send, later } = house();
    const watcher = watch();
    await send(0, 'b0', '1');
    watcher.membership!.leave();
    await send(0, '2');
    const back = watch('1');
    await later(5_000);
    await send(0, '3');
    expect([back.seen, upstream.asked.length, upstream.open]).toEqual([['2', '3'], 1, 1]);
  });

  test('is a new one when the old one has ended', async () => {
    const { upstream, watch, send } = house();
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

describe('a watcher who starts now', () => {
  test('hears nothing of what another one has missed', async () => {
    const { upstream, watch } = house();
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
    'is not refused for the cursor of another (%s)',
    async (why) => {
      const { upstream, watch } = house();
      const bad = watch('forged');
      const fresh = watch();
      await everythingSettled();
      upstream.asked.find(({ request }) => 'live__after' in request.variables)!.sink.refused([code(why)]);
      await everythingSettled();
      expect(bad.seen).toEqual([`refused ${why}`]);
      expect(fresh.seen).toEqual([]);
      expect(upstream.open).toBeGreaterThan(0);
    },
  );
});

test('what a room that is over fails at does not touch the room that has followed it', async () => {
  let fail = () => {};
  const { upstream, watch, send, later } = house({
    complete: () => new Promise((_, reject) => (fail = () => reject(new Error('unforeseen')))),
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

describe('when all rooms are closed', () => {
  test('nothing is left of a main room and of those behind it', async () => {
    const { rooms, watch, send, expectNothingLeft } = house();
    watch();
    await send(0, 'b10');
    watch('5');
    rooms.close();
    await expectNothingLeft();
  });

  test('nothing is left of two rooms behind, of one cursor', async () => {
    const { rooms, upstream, watch, send, expectNothingLeft } = house();
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

  test('nothing is left of two rooms behind', async () => {
    const { rooms, watch, send, expectNothingLeft } = house();
    watch('5');
    watch('7');
    await send(1, 'b5');
    rooms.close();
    await expectNothingLeft();
  });

  test('nothing is left of a room behind whose main room has ended', async () => {
    const { rooms, upstream, watch, send, expectNothingLeft } = house();
    watch();
    await send(0, 'b10');
    watch('5');
    upstream.asked[0]!.sink.complete();
    await everythingSettled();
    rooms.close();
    await expectNothingLeft();
  });
});
