import { setImmediate } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import { RoomGroup } from './room-group.js';
import { Room, type RoomEvents } from './room.js';
import { canContinueWith, type RoomTopic } from './room-topic.js';
import type { Membership, Watcher } from './watcher.js';

/** How long an empty room stays open, in case a watcher reconnects. */
const KEEP_EMPTY_MS = 1_000;

/** All rooms of a gateway, grouped by room key. */
export class Rooms {
  private readonly groups = new Map<string, RoomGroup>();
  /** Rooms that receive events or have watchers. */
  private readonly rooms = new Map<Room, RoomGroup>();

  /**
   * Adds a watcher to the best room for its cursor. Opens a room if there is none.
   * @param topic planned for the current supergraph
   * @param after the cursor to resume from; null means now
   */
  join(topic: RoomTopic, after: string | null, watcher: Watcher): Membership {
    const existing = this.groups.get(topic.key);
    if (existing && topic.version > existing.topic.version) this.replaceTopic(existing, topic);
    const group = this.groups.get(topic.key) ?? this.openGroup(topic);
    if (after === null) return group.main.joinNow(watcher);
    for (const room of group.serving) {
      const membership = room.joinAfter(watcher, after);
      if (!membership) continue;
      if (room.isClosed) this.keepMerged(group, room);
      return membership;
    }
    for (const [room, start] of group.behind) {
      if (start === after && room.ring.end === 0) return room.join(watcher);
    }
    const room = new Room(group.topic, after, this.eventsFor(group));
    group.behind.set(room, after);
    this.rooms.set(room, group);
    return room.join(watcher);
  }

  /**
   * Plans the subscriptions of all rooms again. Yields to other work between two groups.
   * @param version the current supergraph version
   */
  async renew(version: number): Promise<void> {
    for (const group of new Set(this.rooms.values())) {
      await setImmediate();
      try {
        await this.replanGroup(group, version);
      } catch (error) {
        group.topic.onFault(error);
      }
    }
  }

  /** The number of rooms. */
  get size(): number {
    return this.rooms.size;
  }

  /** The number of watchers, and how many of them still lack the newest event of their room. */
  watchers(): { all: number; behind: number } {
    const rooms = [...this.rooms.keys()];
    const sum = (of: (room: Room) => number) => rooms.reduce((total, room) => total + of(room), 0);
    return { all: sum(({ size }) => size), behind: sum(({ behind }) => behind) };
  }

  /** Ends all upstream subscriptions without notifying watchers. */
  close(): void {
    for (const room of this.rooms.keys()) room.close();
  }

  private openGroup(topic: RoomTopic): RoomGroup {
    const group = new RoomGroup(topic);
    group.main = new Room(topic, null, this.eventsFor(group));
    this.groups.set(topic.key, group);
    this.rooms.set(group.main, group);
    return group;
  }

  private async replanGroup(group: RoomGroup, version: number): Promise<void> {
    while (group.topic.version < version && group.open.length > 0) {
      const { topic } = group;
      const next = await topic.replan();
      // A watcher that joined in the meantime has brought a newer topic.
      if (group.topic !== topic) continue;
      if ('key' in next) this.replaceTopic(group, next);
      else this.reject(group, next);
      return;
    }
  }

  /** Gives the rooms of a group a newer topic, or ends them if they cannot continue with it. */
  private replaceTopic(group: RoomGroup, next: RoomTopic): void {
    if (next.key !== group.topic.key) {
      // The sharing key has changed, so each watcher reconnects to find its new room.
      for (const room of this.retire(group)) room.cutOff('SUBSCRIPTION_LAGGED');
    } else if (canContinueWith(group.topic, next)) {
      group.topic = next;
      for (const room of group.open) room.useTopic(next);
    } else {
      this.reject(group, [{ message: 'The new schema cannot resume this subscription.' }]);
    }
  }

  private reject(group: RoomGroup, errors: readonly GraphQLFormattedError[]): void {
    const why = errors.map(({ message }) => message).join(' ');
    const error = {
      message: `The schema has changed and no longer accepts this subscription. ${why}`,
      extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
    };
    for (const room of this.retire(group)) room.reject([error]);
  }

  /** Accepts no more watchers. @returns the open rooms */
  private retire(group: RoomGroup): Room[] {
    const { key } = group.topic;
    if (this.groups.get(key) === group) this.groups.delete(key);
    return group.open;
  }

  private eventsFor(group: RoomGroup): RoomEvents {
    return {
      onEmpty: (room) => {
        if (room === group.main) return this.closeWhenUnused(group);
        if (!group.merged.delete(room)) return room.close();
        this.rooms.delete(room);
        this.closeWhenUnused(group);
      },
      onProgress: (room) => {
        const behind = room === group.main ? [...group.behind.keys()] : [room];
        for (const each of behind) this.tryMerge(group, each);
      },
      onClosed: (room) => {
        const { key } = group.topic;
        this.rooms.delete(room);
        group.behind.delete(room);
        if (room === group.main && this.groups.get(key) === group) this.groups.delete(key);
        this.closeWhenUnused(group);
      },
    };
  }

  /** Merges a room into the main room if its ring has the next events, or replaces an empty main room with it. */
  private tryMerge(group: RoomGroup, room: Room): void {
    const { main } = group;
    const from = room.cursor === null || room.isClosed ? null : main.numberAfter(room.cursor);
    if (from !== null) {
      room.mergeInto(main, from);
      group.remember(room);
      if (room.size > 0) this.keepMerged(group, room);
      return;
    }
    if (!room.isCaughtUp || room.isClosed || main.isClosed || group.needsMain) return;
    group.behind.delete(room);
    group.main = room;
    main.close();
  }

  /** Keeps a merged room while its ring has readers. */
  private keepMerged(group: RoomGroup, room: Room): void {
    group.merged.add(room);
    this.rooms.set(room, group);
  }

  private closeWhenUnused(group: RoomGroup): void {
    if (!group.isUnused) return;
    setTimeout(() => {
      if (group.isUnused && !group.main.isClosed) group.main.close();
    }, KEEP_EMPTY_MS).unref();
  }
}
