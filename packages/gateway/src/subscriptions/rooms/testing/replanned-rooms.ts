import type { GraphQLFormattedError } from 'graphql';
import type { RoomTopic } from '../room-topic.js';
import { Rooms } from '../rooms.js';
import { ScriptedUpstream } from './scripted-upstream.js';
import { everythingSettled, ScriptedWatcher } from './scripted-watcher.js';

type Replanned = RoomTopic | readonly GraphQLFormattedError[];

/** Opens the rooms of one subscription that several schema versions plan again. */
export function openReplannedRooms(first: Partial<RoomTopic> = {}) {
  const rooms = new Rooms();
  const upstream = new ScriptedUpstream();
  /** Plans the subscription for the current schema. */
  let replan: () => Replanned | Promise<Replanned>;
  const faults: unknown[] = [];
  /** The cursor of each completed event and the version that completed it. */
  const completed: string[] = [];
  const plan = (version: number, query = 'subscription', overrides: Partial<RoomTopic> = {}): RoomTopic => {
    const topic = upstream.topic(overrides);
    return {
      ...topic,
      version,
      request: { ...topic.request, query },
      complete: (event) => {
        completed.push(`${String(event.data!['cursor'])} by ${version}`);
        return topic.complete(event);
      },
      replan: async () => replan(),
      onFault: (error) => void faults.push(error),
    };
  };
  const old = plan(1, 'subscription', first);
  const watch = (topic = old, after: string | null = null) => {
    const watcher = new ScriptedWatcher();
    watcher.membership = rooms.join(topic, after, watcher);
    return watcher;
  };
  const renew = async (version: number, next: () => Replanned | Promise<Replanned>) => {
    replan = next;
    await rooms.renew(version);
    await everythingSettled();
  };
  const send = async (nth: number, ...names: string[]) => {
    upstream.sendTo(upstream.asked[nth]!, ...names);
    await everythingSettled();
  };
  return { rooms, upstream, faults, completed, plan, old, watch, renew, send };
}
