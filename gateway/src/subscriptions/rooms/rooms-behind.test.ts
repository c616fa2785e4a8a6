import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { house } from './testing/opened-rooms.js';
import { code } from './testing/scripted-upstream.js';

fakeTimers();

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
