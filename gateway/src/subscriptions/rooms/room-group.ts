import type { Room } from './room.js';
import type { RoomTopic } from './room-topic.js';

/**
 * How many merged rooms are kept for those who come back: when everybody does at once, a few hold what they all have
 * missed. Each is as large as a ring.
 */
const MOST_PAST = 4;

/** The rooms of what may share one. */
export class RoomGroup {
  /** Where everybody ends up. It begins from now on. */
  main!: Room;
  /** Rooms of those who came with a cursor that no other room had, each with that cursor; they end in the main room. */
  readonly behind = new Map<Room, string>();
  /** Rooms that were behind and have merged, while somebody still reads there on the way to the main room. */
  readonly merged = new Set<Room>();
  private past: readonly Room[] = [];

  /** @param topic the newest; all rooms have it */
  constructor(public topic: RoomTopic) {}

  /** The rooms that events still come to. */
  get open(): Room[] {
    return [this.main, ...this.behind.keys()].filter(({ isOver }) => !isOver);
  }

  /** The rooms that may have what came after a cursor. */
  get serving(): Room[] {
    return [this.main, ...this.behind.keys(), ...this.past];
  }

  /** Whether somebody is in the main room, or goes there by what a merged room has. */
  get needsMain(): boolean {
    return this.main.size > 0 || this.merged.size > 0;
  }

  /** Whether nobody is there, nor on the way. */
  get isDeserted(): boolean {
    return !this.needsMain && this.behind.size === 0;
  }

  /** Keeps a room that has merged: its ring serves who comes from as far back. */
  remember(room: Room): void {
    this.past = [...this.past.filter(({ leadsOn }) => leadsOn), room].slice(-MOST_PAST);
  }
}
