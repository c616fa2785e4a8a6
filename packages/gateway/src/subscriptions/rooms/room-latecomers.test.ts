import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { openRoom } from './testing/opened-room.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a watcher that joins a running room', () => {
  test('receives events from now on', async () => {
    const { room, upstream, watch } = openRoom();
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    upstream.send('2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['2']);
  });

  test('receives a bookmark of its start', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    upstream.send('2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', '2']);
  });

  test('receives missed events from the ring', async () => {
    const { room, upstream, watch } = openRoom();
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    upstream.send('4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['2', '3', '4']);
    expect(upstream.completed).toHaveLength(4);
  });

  test('receives a bookmark before and after the missed events', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    upstream.send('4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', '2', '3', 'b3', '4']);
  });

  test('receives both bookmarks when it has missed nothing', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', 'b1']);
  });

  test('receives its cursor unchanged when it contains replacement patterns', async () => {
    const { room, upstream, watch } = openRoom({ bookmarks: true });
    upstream.send('b0', "$&$'$`$$1");
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    await everythingSettled();
    expect(watcher.seen).toEqual(["b$&$'$`$$1"]);
  });

  test('is not added when the ring does not contain its cursor', async () => {
    const { room, upstream, watch } = openRoom();
    upstream.send('b1', '2');
    await everythingSettled();
    expect(watch((one) => room.joinAfter(one, '0')).membership).toBeNull();
    expect(room.size).toBe(0);
  });
});

describe('an event without a cursor', () => {
  test('is delivered to a watcher that resumes from an earlier cursor', async () => {
    const { room, upstream, watch } = openRoom();
    const watcher = watch();
    upstream.send('b0', '1');
    upstream.last.sink.next({ data: { item: 'no cursor' } });
    await everythingSettled();
    const back = watch((one) => room.joinAfter(one, '1'));
    await everythingSettled();
    expect(watcher.texts).toHaveLength(2);
    expect(back.texts).toEqual(watcher.texts.slice(1));
  });
});
