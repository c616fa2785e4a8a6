import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { house } from './testing/opened-rooms.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

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
