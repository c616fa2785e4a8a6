import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRooms } from './testing/opened-rooms.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a watcher with the same cursor as an earlier one', () => {
  test('is served from memory after the merge, without an upstream request', async () => {
    const { upstream, watch, send } = openRooms({ bookmarks: true });
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

  test('gets its own room when the main room no longer has the next events', async () => {
    const { upstream, watch, send, later } = openRooms();
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

  test('gets its own room when the main room has ended', async () => {
    const { upstream, watch, send, later } = openRooms();
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

describe('a watcher that resumes while another room catches up', () => {
  test('shares that room when it has passed the cursor', async () => {
    const { upstream, watch, send } = openRooms();
    watch('5');
    await send(0, 'b9');
    await send(1, 'b5', '6', '7');
    const other = watch('6');
    await send(1, '8', '9');
    await send(0, '10');
    expect([other.seen, upstream.asked.length, upstream.open]).toEqual([['7', '8', '9', '10'], 2, 1]);
  });

  test('gets its own room when the other one does not contain the cursor', async () => {
    const { upstream, watch, send } = openRooms();
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

  test('receives the bookmark only at the end of missed events', async () => {
    const { watch, send } = openRooms({ bookmarks: true });
    watch('5');
    await send(1, 'b5', '6');
    const other = watch('5');
    await send(1, '7', 'b7', '8');
    expect(other.seen).toEqual(['b5', '6', '7', 'b7', '8']);
  });

  test('receives the bookmark once a lost upstream has caught up', async () => {
    const { upstream, watch, send, later } = openRooms({ bookmarks: true });
    watch();
    await send(0, 'b5', '6');
    upstream.last.sink.lost();
    await later(1_000);
    const newWatcher = watch('5');
    await send(1, 'b6', '7', 'b7', '8');
    expect(newWatcher.seen).toEqual(['b5', '6', '7', 'b7', '8']);
  });

  test('leaves no room open when it is the last one to leave', async () => {
    const { watch, later, expectNothingLeft } = openRooms();
    const [first, other] = [watch('5'), watch('7')];
    first.membership!.leave();
    await later(5_000);
    other.membership!.leave();
    await expectNothingLeft();
  });
});
