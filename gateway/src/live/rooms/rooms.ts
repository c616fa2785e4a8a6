import { setImmediate } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import { Party } from './party.js';
import { Room, type RoomEvents } from './room.js';
import { canFollow, type RoomTopic } from './room-topic.js';
import type { Membership, Watcher } from './watcher.js';

/** How long a room stays when its last watcher has left, for one who is just coming back. */
const LINGER_MS = 1_000;

/** All rooms of a gateway. */
export class Rooms {
  private readonly parties = new Map<string, Party>();
  /** All that events still come to, or that somebody is in. */
  private readonly rooms = new Map<Room, Party>();

  /**
   * Lets a watcher into a room.
   * @param topic under the supergraph of now
   * @param after the cursor that the watcher has seen last; null from now on
   */
  join(topic: RoomTopic, after: string | null, watcher: Watcher): Membership {
    const met = this.parties.get(topic.key);
    if (met && topic.generation > met.topic.generation) this.goOver(met, topic);
    const party = this.parties.get(topic.key) ?? this.open(topic);
    if (after === null) return party.main.joinNow(watcher);
    for (const room of party.serving) {
      const membership = room.joinAfter(watcher, after);
      if (!membership) continue;
      if (room.isOver) this.keepMerged(party, room);
      return membership;
    }
    for (const [room, start] of party.behind) {
      if (start === after && room.ring.end === 0) return room.join(watcher);
    }
    const room = new Room(party.topic, after, this.eventsOf(party));
    party.behind.set(room, after);
    this.rooms.set(room, party);
    return room.join(watcher);
  }

  /**
   * Has all rooms plan their operations anew, one after the other with turns for others in between.
   * @param generation the number of the supergraph of now
   */
  async renew(generation: number): Promise<void> {
    for (const party of new Set(this.rooms.values())) {
      await setImmediate();
      try {
        await this.renewGroup(party, generation);
      } catch (error) {
        party.topic.onFault(error);
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

  private open(topic: RoomTopic): Party {
    const party = new Party(topic);
    party.main = new Room(topic, null, this.eventsOf(party));
    this.parties.set(topic.key, party);
    this.rooms.set(party.main, party);
    return party;
  }

  private async renewGroup(party: Party, generation: number): Promise<void> {
    while (party.topic.generation < generation && party.open.length > 0) {
      const { topic } = party;
      const next = await topic.replan();
      // Somebody has joined in the meantime whose topic is newer.
      if (party.topic !== topic) continue;
      if ('key' in next) this.goOver(party, next);
      else this.refuse(party, next);
      return;
    }
  }

  /** Gives the rooms of a party a newer topic, or ends them if they cannot go on with it. */
  private goOver(party: Party, next: RoomTopic): void {
    if (next.key !== party.topic.key) {
      // It is others now with whom its watchers may share: each finds them by itself.
      for (const room of this.retire(party)) room.cutOff('SUBSCRIPTION_LAGGED');
    } else if (canFollow(party.topic, next)) {
      party.topic = next;
      for (const room of party.open) room.renew(next);
    } else {
      this.refuse(party, [{ message: 'It cannot go on from where it was.' }]);
    }
  }

  private refuse(party: Party, errors: readonly GraphQLFormattedError[]): void {
    const why = errors.map(({ message }) => message).join(' ');
    const error = {
      message: `The schema has changed and no longer accepts this operation. ${why}`,
      extensions: { code: 'SUBSCRIPTION_SCHEMA_RELOAD' },
    };
    for (const room of this.retire(party)) room.refuse([error]);
  }

  /** Nobody comes to this party any more. @returns its rooms */
  private retire(party: Party): Room[] {
    const { key } = party.topic;
    if (this.parties.get(key) === party) this.parties.delete(key);
    return party.open;
  }

  private eventsOf(party: Party): RoomEvents {
    return {
      onEmpty: (room) => {
        if (room === party.main) return this.linger(party);
        if (!party.merged.delete(room)) return room.close();
        this.rooms.delete(room);
        this.linger(party);
      },
      onProgress: (room) => {
        const behind = room === party.main ? [...party.behind.keys()] : [room];
        for (const each of behind) this.bringTogether(party, each);
      },
      onOver: (room) => {
        const { key } = party.topic;
        this.rooms.delete(room);
        party.behind.delete(room);
        if (room === party.main && this.parties.get(key) === party) this.parties.delete(key);
        this.linger(party);
      },
    };
  }

  /** Ends a room where the main one has what comes next, or puts it in the main one's place if nobody is there. */
  private bringTogether(party: Party, room: Room): void {
    const { main } = party;
    const place = room.cursor === null || room.isOver ? null : main.placeAfter(room.cursor);
    if (place !== null) {
      room.mergeInto(main, place);
      party.remember(room);
      if (room.size > 0) this.keepMerged(party, room);
      return;
    }
    if (!room.isCaughtUp || room.isOver || main.isOver || party.needsMain) return;
    party.behind.delete(room);
    party.main = room;
    main.close();
  }

  /** Keeps a merged room while somebody reads there: what comes after that is in the main room alone. */
  private keepMerged(party: Party, room: Room): void {
    party.merged.add(room);
    this.rooms.set(room, party);
  }

  private linger(party: Party): void {
    if (!party.isDeserted) return;
    setTimeout(() => {
      if (party.isDeserted && !party.main.isOver) party.main.close();
    }, LINGER_MS).unref();
  }
}
