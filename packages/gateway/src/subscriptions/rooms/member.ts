import type { Membership, Watcher } from './watcher.js';

/** The functions of a room that a member uses. */
export interface MemberRoom {
  /** Sends a member its next events as long as its watcher is ready. */
  serve(member: Member): void;
  remove(member: Member): void;
}

/** A watcher's membership in a room. */
export class Member implements Membership {
  constructor(
    readonly watcher: Watcher,
    public room: MemberRoom,
    /** The number of the next event in the room's ring. */
    public position: number,
    /** The cursor of the bookmark that is due at the start; null if none is. */
    public startCursor: string | null = null,
    /** The number where the missed events end, if a bookmark is due there. */
    public replayEnd: number | null = null,
  ) {}

  /** The last cursor that was sent; null before the first one. */
  lastSent: string | null = null;

  resume(): void {
    this.room.serve(this);
  }

  leave(): void {
    this.room.remove(this);
  }
}
