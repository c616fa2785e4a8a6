import { Room, type Membership, type RoomEvents, type RoomTopic, type Watcher } from './room.js';

/** How long a room stays when its last watcher has left, for one who is just coming back. */
const LINGER_MS = 1_000;

/** The rooms of what may share one. */
interface Party {
  /** Where everybody ends up. It begins from now on. */
  main: Room;
  /** Rooms of those who came with a cursor that no other room had, each with that cursor; they end in the main room. */
  readonly behind: Map<Room, string>;
}

/** All rooms of a gateway. */
export class Rooms {
  readonly #parties = new Map<string, Party>();
  /** All that are not over. */
  readonly #rooms = new Set<Room>();

  /**
   * Lets a watcher into a room.
   * @param key equal for what may share a room, and for nothing else
   * @param after the cursor that the watcher has seen last; null from now on
   */
  join(key: string, topic: RoomTopic, after: string | null, watcher: Watcher): Membership {
    const party = this.#parties.get(key) ?? this.#open(key, topic);
    if (after === null) return party.main.joinNow(watcher);
    for (const room of [party.main, ...party.behind.keys()]) {
      const membership = room.joinAfter(watcher, after);
      if (membership) return membership;
    }
    for (const [room, start] of party.behind) {
      if (start === after && room.ring.end === 0) return room.join(watcher);
    }
    const room = new Room(topic, after, this.#eventsOf(key, party));
    party.behind.set(room, after);
    this.#rooms.add(room);
    return room.join(watcher);
  }

  /** Ends all upstream subscriptions; watchers are not told. */
  close(): void {
    for (const room of this.#rooms) room.close();
  }

  #open(key: string, topic: RoomTopic): Party {
    const party = { behind: new Map() } as Party;
    party.main = new Room(topic, null, this.#eventsOf(key, party));
    this.#parties.set(key, party);
    this.#rooms.add(party.main);
    return party;
  }

  #eventsOf(key: string, party: Party): RoomEvents {
    return {
      onEmpty: (room) => {
        if (room === party.main) this.#linger(party);
        else room.close();
      },
      onProgress: (room) => {
        const behind = room === party.main ? [...party.behind.keys()] : [room];
        for (const each of behind) this.#bringTogether(party, each);
      },
      onOver: (room) => {
        this.#rooms.delete(room);
        party.behind.delete(room);
        if (room === party.main && this.#parties.get(key) === party) this.#parties.delete(key);
        if (party.main.size === 0) this.#linger(party);
      },
    };
  }

  /** Ends a room where the main one has what comes next, or puts it in the main one's place if nobody is there. */
  #bringTogether(party: Party, room: Room): void {
    const { main } = party;
    const place = room.cursor === null || room.isOver ? null : main.placeAfter(room.cursor);
    if (place !== null) return room.mergeInto(main, place);
    if (!room.isCaughtUp || room.isOver || main.isOver || main.size > 0) return;
    party.behind.delete(room);
    party.main = room;
    main.close();
  }

  #linger(party: Party): void {
    setTimeout(() => {
      const { main, behind } = party;
      if (main.size === 0 && behind.size === 0 && !main.isOver) main.close();
    }, LINGER_MS).unref();
  }
}
