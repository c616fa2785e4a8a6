import { describe, expect, test } from '@jest/globals';
import { fakeTimers } from './testing/fake-timers.js';
import { open } from './testing/opened-room.js';
import { everythingSettled } from './testing/scripted-watcher.js';

fakeTimers();

describe('a watcher who comes into a room that has begun', () => {
  test('gets what comes from now on', async () => {
    const { room, upstream, watch } = open();
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    upstream.send('2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['2']);
  });

  test('gets a bookmark of where it comes in', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    upstream.send('2');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', '2']);
  });

  test('gets what it has missed from the ring', async () => {
    const { room, upstream, watch } = open();
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    upstream.send('4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['2', '3', '4']);
    expect(upstream.completed).toHaveLength(4);
  });

  test('gets a bookmark before and after what it has missed', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', '1', '2', '3');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    upstream.send('4');
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', '2', '3', 'b3', '4']);
  });

  test('gets both bookmarks when it has missed nothing', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', '1');
    await everythingSettled();
    const watcher = watch((one) => room.joinAfter(one, '1'));
    await everythingSettled();
    expect(watcher.seen).toEqual(['b1', 'b1']);
  });

  test('gets its own cursor, whatever characters it is of', async () => {
    const { room, upstream, watch } = open({ bookmarks: true });
    upstream.send('b0', "$&$'$`$$1");
    await everythingSettled();
    const watcher = watch((one) => room.joinNow(one));
    await everythingSettled();
    expect(watcher.seen).toEqual(["b$&$'$`$$1"]);
  });

  test('is not let in with a cursor that the ring does not have', async () => {
    const { room, upstream, watch } = open();
    upstream.send('b1', '2');
    await everythingSettled();
    expect(watch((one) => room.joinAfter(one, '0')).membership).toBeNull();
    expect(room.size).toBe(0);
  });
});

describe('an event without a cursor', () => {
  test('is had by who comes back from before it', async () => {
    const { room, upstream, watch } = open();
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
