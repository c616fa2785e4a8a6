import { describe, expect, jest, test } from '@jest/globals';
import { FellBehind, LONGEST_BACKLOG, Watcher } from './watcher.js';

const DONE = { value: undefined, done: true };

describe('a watcher', () => {
  test('gets each event once, in order, whether it waits for them or they for it', async () => {
    const watcher = new Watcher<number>(() => {});
    watcher.push(1);
    watcher.push(2);
    expect(await watcher.next()).toEqual({ value: 1, done: false });
    expect(await watcher.next()).toEqual({ value: 2, done: false });
    const [third, fourth] = [watcher.next(), watcher.next()];
    watcher.push(3);
    watcher.push(4);
    expect([await third, await fourth]).toEqual([
      { value: 3, done: false },
      { value: 4, done: false },
    ]);
  });

  test('leaves at once, also while it waits for an event', async () => {
    const onEnd = jest.fn();
    const watcher = new Watcher<number>(onEnd);
    const waiting = watcher.next();
    expect(await watcher.return()).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
    watcher.push(1);
    expect(await watcher.next()).toEqual(DONE);
    expect(await watcher.return()).toEqual(DONE);
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  test('may fall a thousand events behind, and is sent away with the next one', async () => {
    const onEnd = jest.fn();
    const watcher = new Watcher<number>(onEnd);
    for (let event = 0; event < LONGEST_BACKLOG; event += 1) watcher.push(event);
    expect(onEnd).not.toHaveBeenCalled();
    watcher.push(LONGEST_BACKLOG);
    expect(onEnd).toHaveBeenCalledTimes(1);
    await expect(watcher.next()).rejects.toThrow(FellBehind);
    expect(await watcher.next()).toEqual(DONE);
  });

  test('that keeps up is never sent away, however many events there are', async () => {
    const watcher = new Watcher<number>(() => {});
    for (let event = 0; event < 3 * LONGEST_BACKLOG; event += 1) {
      watcher.push(event);
      expect(await watcher.next()).toEqual({ value: event, done: false });
    }
  });
});
