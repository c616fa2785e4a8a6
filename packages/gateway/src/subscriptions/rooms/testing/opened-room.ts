import { Room } from '../room.js';
import type { RoomTopic } from '../room-topic.js';
import type { Membership } from '../watcher.js';
import { ScriptedUpstream } from './scripted-upstream.js';
import { ScriptedWatcher } from './scripted-watcher.js';

/** Opens a room that records its `onEmpty` and `onClosed` events. */
export function openRoom(topic: Partial<RoomTopic> = {}, after: string | null = null) {
  const upstream = new ScriptedUpstream();
  const events: string[] = [];
  const room = new Room(upstream.topic(topic), after, {
    onEmpty: () => void events.push('empty'),
    onProgress: () => {},
    onClosed: () => void events.push('closed'),
  });
  const watch = (join: (watcher: ScriptedWatcher) => Membership | null = (one) => room.join(one)) => {
    const watcher = new ScriptedWatcher();
    watcher.membership = join(watcher);
    return watcher;
  };
  return { room, upstream, events, watch };
}
