import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRooms } from './testing/opened-rooms.js';
import { code } from './testing/scripted-upstream.js';

fakeTimers();

describe('a watcher whose cursor is not in the ring', () => {
  test('gets its own room, which merges into the main room', async () => {
    const { upstream, watch, send } = openRooms();
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

  test('receives a bookmark at the end of the missed events, even after the merge', async () => {
    const { watch, send } = openRooms({ bookmarks: true });
    watch();
    await send(0, 'b10', '11', '12');
    const back = watch('8');
    await send(1, 'b8', '9', '10');
    await send(0, '13');
    expect(back.seen).toEqual(['b8', '9', '10', '11', '12', 'b12', '13']);
  });

  test('shares its room with others that have the same cursor', async () => {
    const { upstream, watch, send } = openRooms();
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

  test('can leave before or after the rooms merge', async () => {
    const { upstream, watch, send, expectNothingLeft } = openRooms();
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

  test('keeps the main room open until the rooms merge', async () => {
    const { upstream, watch, send, later, expectNothingLeft } = openRooms();
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

  test('is rejected alone when its cursor has expired', async () => {
    const { upstream, watch, send } = openRooms();
    const main = watch();
    await send(0, 'b10');
    const back = watch('5');
    upstream.last.sink.rejected([code('CURSOR_EXPIRED')]);
    await send(0, '11');
    expect([main.seen, back.seen]).toEqual([['11'], ['rejected CURSOR_EXPIRED']]);
  });
});

test('a caught-up room replaces an empty main room', async () => {
  const { upstream, watch, send, expectNothingLeft } = openRooms();
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

test('a room behind merges when the main room receives each event later', async () => {
  const { upstream, watch, send } = openRooms();
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
