import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { RoomTopic } from './room-topic.js';
import { Rooms } from './rooms.js';
import { ScriptedUpstream } from './testing/scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './testing/scripted-watcher.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

const code = (text: string) => ({ message: text, extensions: { code: text } });

/** Rooms of one operation. */
function house(overrides: Partial<RoomTopic> = {}) {
  const rooms = new Rooms();
  const upstream = new ScriptedUpstream();
  const topic = upstream.topic(overrides);
  const watch = (after: string | null = null, prepare: (watcher: ScriptedWatcher) => void = () => {}) => {
    const watcher = new ScriptedWatcher();
    prepare(watcher);
    watcher.membership = rooms.join(topic, after, watcher);
    return watcher;
  };
  /** Sends what the nth subscription upstream has to say. */
  const send = async (nth: number, ...names: string[]) => {
    upstream.sendTo(upstream.asked[nth]!, ...names);
    await everythingSettled();
  };
  const later = async (ms: number) => {
    await jest.advanceTimersByTimeAsync(ms);
    await everythingSettled();
  };
  const expectNothingLeft = async () => {
    await later(5_000);
    expect({ open: upstream.open, timers: jest.getTimerCount() }).toEqual({
      open: 0,
      timers: 0,
    });
  };
  return { rooms, upstream, topic, watch, send, later, expectNothingLeft };
}

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

describe('a watcher whose cursor is not in the ring', () => {
  test('gets a room of its own, which ends in the main room', async () => {
    const { upstream, watch, send } = house();
    const main = watch();
    await send(0, 'b10', '11', '12');
    const back = watch('5');
    expect([upstream.open, upstream.lastAfter]).toEqual([2, '5']);
    await send(1, 'b5', '6', '7', '8', '9', '10');
    expect([upstream.open, upstream.asked[1]!.isStopped]).toEqual([1, true]);
    await send(0, '13');
    expect(main.seen).toEqual(['11', '12', '13']);
    expect(back.seen).toEqual(['6', '7', '8', '9', '10', '11', '12', '13']);
  });

  test('gets a bookmark at the end of what it has missed, wherever that is', async () => {
    const { watch, send } = house({ bookmarks: true });
    watch();
    await send(0, 'b10', '11', '12');
    const back = watch('8');
    await send(1, 'b8', '9', '10');
    await send(0, '13');
    expect(back.seen).toEqual(['b8', '9', '10', '11', '12', 'b12', '13']);
  });

  test('shares that room with others of that cursor', async () => {
    const { upstream, watch, send } = house();
    watch();
    await send(0, 'b10');
    const backs = [watch('5'), watch('5')];
    await send(1, 'b5', '6', '10');
    expect(backs.map(({ seen }) => seen)).toEqual([
      ['6', '10'],
      ['6', '10'],
    ]);
    expect(upstream.asked).toHaveLength(2);
  });

  test('is served at its own pace from both rooms', async () => {
    const { watch, send } = house();
    watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    await send(0, '12');
    slow.wake();
    await send(0, '13');
    expect(slow.seen).toEqual(['9', '10', '11', '12', '13']);
  });

  test('is not forgotten when it reads slowly and the main room is lost in the meantime', async () => {
    const { upstream, watch, send, later } = house({ retryWindowMs: 0 });
    const main = watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    upstream.asked[0]!.sink.lost();
    await later(5_000);
    upstream.last.sink.lost();
    await later(5_000);
    expect(main.seen.at(-1)).toBe('SUBSCRIPTION_UPSTREAM_LOST');
    slow.wake();
    await everythingSettled();
    expect(slow.seen).toEqual(['9', '10', 'SUBSCRIPTION_LAGGED']);
  });

  test('is not forgotten when it reads slowly and is the only one left', async () => {
    const { upstream, watch, send, later } = house();
    const main = watch();
    await send(0, 'b10', '11');
    const slow = watch('8', (watcher) => (watcher.ready = false));
    await send(1, 'b8', '9', '10');
    main.membership!.leave();
    await later(5_000);
    slow.wake();
    await everythingSettled();
    upstream.asked.filter(({ isStopped }) => !isStopped).forEach((asked) => upstream.sendTo(asked, '12'));
    await everythingSettled();
    expect(slow.seen).toEqual(['9', '10', 'SUBSCRIPTION_LAGGED']);
  });

  test('may leave before the rooms meet, or after', async () => {
    const { upstream, watch, send, expectNothingLeft } = house();
    const main = watch();
    await send(0, 'b10');
    const [early, late] = [watch('5'), watch('6')];
    await send(1, 'b5', '6');
    early.membership!.leave();
    expect(upstream.open).toBe(2);
    await send(2, 'b6', '10');
    late.membership!.leave();
    await send(0, '11');
    expect([early.seen, late.seen, main.seen]).toEqual([['6'], ['10'], ['11']]);
    main.membership!.leave();
    await expectNothingLeft();
  });

  test('keeps the main room open on its way there', async () => {
    const { upstream, watch, send, later, expectNothingLeft } = house();
    const main = watch();
    await send(0, 'b10');
    const back = watch('8');
    main.membership!.leave();
    await later(5_000);
    expect(upstream.open).toBe(2);
    await send(1, 'b8', '9', '10');
    await send(0, '11');
    expect(back.seen).toEqual(['9', '10', '11']);
    back.membership!.leave();
    await expectNothingLeft();
  });

  test('is refused alone when its cursor has expired', async () => {
    const { upstream, watch, send } = house();
    const main = watch();
    await send(0, 'b10');
    const back = watch('5');
    upstream.last.sink.refused([code('CURSOR_EXPIRED')]);
    await send(0, '11');
    expect([main.seen, back.seen]).toEqual([['11'], ['refused CURSOR_EXPIRED']]);
  });
});

describe('a watcher who comes from as far back as another one before', () => {
  test('is served from memory after the rooms have met, and asks nothing more of upstream', async () => {
    const { upstream, watch, send } = house({ bookmarks: true });
    const main = watch();
    await send(0, 'b3');
    const first = watch('0');
    await send(1, 'b0', '1', '2', '3');
    expect(upstream.open).toBe(1);
    const second = watch('0');
    const third = watch('2');
    await everythingSettled();
    await send(0, '4');
    expect(upstream.asked).toHaveLength(2);
    expect([main, first, second, third].map(({ seen }) => seen)).toEqual([
      ['b3', '4'],
      ['b0', '1', '2', '3', 'b3', '4'],
      ['b0', '1', '2', '3', 'b3', '4'],
      ['b2', '3', 'b3', '4'],
    ]);
  });

  test('gets a room of its own when the main room does not have any more what comes next', async () => {
    const { upstream, watch, send, later } = house();
    watch();
    await send(0, 'b3');
    watch('0');
    await send(1, 'b0', '1', '2', '3');
    await send(0, '4');
    await later(61_000);
    await send(0, '5');
    const back = watch('0');
    expect(upstream.asked).toHaveLength(3);
    await send(2, 'b0', '1', '2', '3', '4', '5');
    expect(back.seen).toEqual(['1', '2', '3', '4', '5']);
  });

  test('gets a room of its own when the main room has ended', async () => {
    const { upstream, watch, send, later } = house();
    const main = watch();
    await send(0, 'b3');
    const first = watch('0');
    await send(1, 'b0', '1', '2', '3');
    main.membership!.leave();
    first.membership!.leave();
    await later(2_000);
    expect(upstream.open).toBe(0);
    const back = watch('0');
    await send(3, 'b0', '1');
    expect(back.seen).toEqual(['1']);
  });
});

describe('a watcher who comes with a cursor while another room catches up', () => {
  test('shares that room when it has come to the cursor', async () => {
    const { upstream, watch, send } = house();
    watch('5');
    await send(0, 'b9');
    await send(1, 'b5', '6', '7');
    const other = watch('6');
    await send(1, '8', '9');
    await send(0, '10');
    expect([other.seen, upstream.asked.length, upstream.open]).toEqual([['7', '8', '9', '10'], 2, 1]);
  });

  test('gets a room of its own when that has not come to it', async () => {
    const { upstream, watch, send } = house();
    watch('5');
    await send(0, 'b9');
    await send(1, 'b5', '6');
    const other = watch('3');
    expect([upstream.asked.length, upstream.lastAfter]).toEqual([3, '3']);
    await send(1, '7', '8', '9');
    await send(2, 'b3', '4', '5', '6', '7', '8', '9');
    await send(0, '10');
    expect(other.seen).toEqual(['4', '5', '6', '7', '8', '9', '10']);
  });

  test('gets the bookmark at the end when it is the end', async () => {
    const { watch, send } = house({ bookmarks: true });
    watch('5');
    await send(1, 'b5', '6');
    const other = watch('5');
    await send(1, '7', 'b7', '8');
    expect(other.seen).toEqual(['b5', '6', '7', 'b7', '8']);
  });

  test('gets the bookmark at the end when a lost upstream has been made up for', async () => {
    const { upstream, watch, send, later } = house({ bookmarks: true });
    watch();
    await send(0, 'b5', '6');
    upstream.last.sink.lost();
    await later(1_000);
    const newcomer = watch('5');
    await send(1, 'b6', '7', 'b7', '8');
    expect(newcomer.seen).toEqual(['b5', '6', '7', 'b7', '8']);
  });

  test('may be the last one to leave', async () => {
    const { watch, later, expectNothingLeft } = house();
    const [first, other] = [watch('5'), watch('7')];
    first.membership!.leave();
    await later(5_000);
    other.membership!.leave();
    await expectNothingLeft();
  });
});

test('a room that has caught up takes the place of a main room where nobody is', async () => {
  const { upstream, watch, send, expectNothingLeft } = house();
  const back = watch('5');
  await send(1, 'b5', '6', 'b6');
  expect(upstream.asked.map(({ isStopped }) => isStopped)).toEqual([true, false]);
  const fresh = watch();
  await send(1, '7');
  expect([back.seen, fresh.seen]).toEqual([['6', '7'], ['7']]);
  back.membership!.leave();
  fresh.membership!.leave();
  await expectNothingLeft();
});

test('a slow watcher on its way to a main room is not forgotten when another room takes that place', async () => {
  const { upstream, watch, send } = house();
  const slow = watch('8', (watcher) => (watcher.ready = false));
  await send(0, 'b10');
  await send(1, 'b8', '9', '10');
  watch('5');
  await send(2, 'b5', '6', 'b6.5');
  slow.wake();
  await everythingSettled();
  upstream.asked.filter(({ isStopped }) => !isStopped).forEach((asked) => upstream.sendTo(asked, '11'));
  await everythingSettled();
  expect(slow.seen).toEqual(['9', '10', 'SUBSCRIPTION_LAGGED']);
});

test('a room behind meets the main room when the main room is the later one to have each event', async () => {
  const { upstream, watch, send } = house();
  const main = watch();
  await send(0, 'b10');
  const back = watch('9');
  await send(1, 'b9', '9.5', 'b9.5');
  for (const event of ['11', '12', '13']) {
    await send(1, event);
    await send(0, event);
  }
  expect([main.seen, back.seen]).toEqual([
    ['11', '12', '13'],
    ['9.5', '11', '12', '13'],
  ]);
  expect(upstream.open).toBe(1);
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
