import type { Room } from './room.js';
import type { Membership, Watcher } from './watcher.js';

/** A watcher in a room: a position in the ring of recent events. */
export class Member implements Membership {
  constructor(
    readonly watcher: Watcher,
    public room: Room,
    public position: number,
    /** Where this watcher starts from, if a bookmark shall tell so. */
    public greeting: string | null = null,
    /** Where what this watcher has missed ends, if a bookmark shall tell so. */
    public missedUntil: number | null = null,
  ) {}

  /** The last cursor that this watcher was told; null before the first one. */
  told: string | null = null;

  resume(): void {
    this.room.serve(this);
  }

  leave(): void {
    this.room.dismiss(this);
  }
}
