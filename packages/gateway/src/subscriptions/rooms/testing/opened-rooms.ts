import { expect, jest } from '@jest/globals';
import type { RoomTopic } from '../room-topic.js';
import { Rooms } from '../rooms.js';
import { ScriptedUpstream } from './scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './scripted-watcher.js';

/** Opens the rooms of one subscription. */
export function openRooms(overrides: Partial<RoomTopic> = {}) {
  const rooms = new Rooms();
  const upstream = new ScriptedUpstream();
  const topic = upstream.topic(overrides);
  const watch = (after: string | null = null, prepare: (watcher: ScriptedWatcher) => void = () => {}) => {
    const watcher = new ScriptedWatcher();
    prepare(watcher);
    watcher.membership = rooms.join(topic, after, watcher);
    return watcher;
  };
  /** Sends messages on the nth upstream subscription. */
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
