import { setImmediate } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import { RoomGroup } from './room-group.js';
import { Room, type RoomEvents } from './room.js';
import { canFollow, type RoomTopic } from './room-topic.js';
import type { Membership, Watcher } from './watcher.js';

/** How long a room stays when its last watcher has left, for one who is just coming back. */
const LINGER_MS = 1_000;

/** All rooms of a gateway. */
export class Rooms {
  private readonly groups = new Map<string, RoomGroup>();
  /** All that events still come to, or that somebody is in. */
  private readonly rooms = new Map<Room, RoomGroup>();

  /**
   * Lets a watcher into a room.
   * @param topic under the supergraph of now
   * @param after the cursor that the watcher has seen last; null from now on
   */
  join(topic: RoomTopic, after: string | null, watcher: Watcher): Membership {
    const met = this.groups.get(topic.key);
    if (met && topic.version > met.topic.version) this.goOver(met, topic);
    const group = this.groups.get(topic.key) ?? this.open(topic);
    if (after === null) return group.main.joinNow(watcher);
    for (const room of group.serving) {
      const membership = room.joinAfter(watcher, after);
      if (!membership) continue;
      if (room.isOver) this.keepMerged(group, room);
      return membership;
    }
    for (const [room, start] of group.behind) {
      if (start === after && room.ring.end === 0) return room.join(watcher);
    }
    const room = new Room(group.topic, after, this.eventsOf(group));
    group.behind.set(room, after);
    this.rooms.set(room, group);
    return room.join(watcher);
  }

  /**
   * Has all rooms plan their operations anew, one after the other with turns for others in between.
   * @param version the number of the supergraph of now
   */
  async renew(version: number): Promise<void> {
    for (const group of new Set(this.rooms.values())) {
      await setImmediate();
      try {
        await this.renewGroup(group, version);
      } catch (error) {
        group.topic.onFault(error);
      }
    }
  }

  /** How many rooms there are. */
  get size(): number {
    return this.rooms.size;
  }

  /** How many watch, and how many of them have not had the newest event of their room yet. */
  watchers(): { all: number; behind: number } {
    const rooms = [...this.rooms.keys()];
    const sum = (of: (room: Room) => number) => rooms.reduce((total, room) => total + of(room), 0);
    return { all: sum(({ size }) => size), behind: sum(({ behind }) => behind) };
  }

  /** Ends all upstream subscriptions; watchers are not told. */
  close(): void {
    for (const room of this.rooms.keys()) room.close();
  }

  private open(topic: RoomTopic): RoomGroup {
    const group = new RoomGroup(topic);
    group.main = new Room(topic, null, this.eventsOf(group));
    this.groups.set(topic.key, group);
    this.rooms.set(group.main, group);
    return group;
  }

  private async renewGroup(group: RoomGroup, version: number): Promise<void> {
    while (group.topic.version < version && group.open.length > 0) {
      const { topic } = group;
      const next = await topic.replan();
      // Somebody has joined in the meantime whose topic is newer.
      if (group.topic !== topic) continue;
      if ('key' in next) this.goOver(group, next);
      else this.refuse(group, next);
      return;
    }
  }

  /** Gives the rooms of a group a newer topic, or ends them if they cannot go on with it. */
  private goOver(group: RoomGroup, next: RoomTopic): void {
    if (next.key !== group.topic.key) {
      // It is others now with whom its watchers may share: each finds them by itself.
      for (const room of this.retire(group)) room.cutOff('SUBSCRIPTION_LAGGED');
    } else if (canFollow(group.topic, next)) {
      group.topic = next;
      for (const room of group.open) room.renew(next);
    } else {
      this.refuse(group, [{ message: 'It cannot go on from where it was.' }]);
    }
  }

  private refuse(group: RoomGroup, errors: readonly GraphQLFormattedError[]): void {
    const why = errors.map(({ message }) => message).join(' ');
    const error = {
      message: `The schema has changed and no longer accepts this operation. ${why}`,
      extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
    };
    for (const room of this.retire(group)) room.refuse([error]);
  }

  /** Nobody comes to this group any more. @returns its rooms */
  private retire(group: RoomGroup): Room[] {
    const { key } = group.topic;
    if (this.groups.get(key) === group) this.groups.delete(key);
    return group.open;
  }

  private eventsOf(group: RoomGroup): RoomEvents {
    return {
      onEmpty: (room) => {
        if (room === group.main) return this.linger(group);
        if (!group.merged.delete(room)) return room.close();
        this.rooms.delete(room);
        this.linger(group);
      },
      onProgress: (room) => {
        const behind = room === group.main ? [...group.behind.keys()] : [room];
        for (const each of behind) this.bringTogether(group, each);
      },
      onOver: (room) => {
        const { key } = group.topic;
        this.rooms.delete(room);
        group.behind.delete(room);
        if (room === group.main && this.groups.get(key) === group) this.groups.delete(key);
        this.linger(group);
      },
    };
  }

  /** Ends a room where the main one has what comes next, or puts it in the main one's place if nobody is there. */
  private bringTogether(group: RoomGroup, room: Room): void {
    const { main } = group;
    const place = room.cursor === null || room.isOver ? null : main.placeAfter(room.cursor);
    if (place !== null) {
      room.mergeInto(main, place);
      group.remember(room);
      if (room.size > 0) this.keepMerged(group, room);
      return;
    }
    if (!room.isCaughtUp || room.isOver || main.isOver || group.needsMain) return;
    group.behind.delete(room);
    group.main = room;
    main.close();
  }

  /** Keeps a merged room while somebody reads there: what comes after that is in the main room alone. */
  private keepMerged(group: RoomGroup, room: Room): void {
    group.merged.add(room);
    this.rooms.set(room, group);
  }

  private linger(group: RoomGroup): void {
    if (!group.isDeserted) return;
    setTimeout(() => {
      if (group.isDeserted && !group.main.isOver) group.main.close();
    }, LINGER_MS).unref();
  }
}
