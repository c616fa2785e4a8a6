import type { Room } from './room.js';
import type { RoomTopic } from './room-topic.js';

/**
 * How many merged rooms are kept for watchers that reconnect. When all reconnect at once, a few rooms hold what they
 * missed. Each room holds one ring in memory.
 */
const MAX_PAST = 4;

/** The rooms of one shared subscription. */
export class RoomGroup {
  /** Starts from now. All other rooms merge into it. */
  main!: Room;
  /** Rooms that catch up with the main room, each with its start cursor. */
  readonly behind = new Map<Room, string>();
  /** Merged rooms whose rings still have readers. */
  readonly merged = new Set<Room>();
  private past: readonly Room[] = [];

  /** @param topic the newest topic, which all open rooms use */
  constructor(public topic: RoomTopic) {}

  /** The rooms that still receive events. */
  get open(): Room[] {
    return [this.main, ...this.behind.keys()].filter(({ isClosed }) => !isClosed);
  }

  /** The rooms whose rings may contain a cursor. */
  get serving(): Room[] {
    return [this.main, ...this.behind.keys(), ...this.past];
  }

  /** Whether the main room has watchers, or a merged room has watchers that will move to it. */
  get needsMain(): boolean {
    return this.main.size > 0 || this.merged.size > 0;
  }

  /** Whether no room has watchers. */
  get isUnused(): boolean {
    return !this.needsMain && this.behind.size === 0;
  }

  /** Keeps a merged room, whose ring can serve other watchers that reconnect. */
  remember(room: Room): void {
    this.past = [...this.past.filter(({ canHandOver }) => canHandOver), room].slice(-MAX_PAST);
  }
}
