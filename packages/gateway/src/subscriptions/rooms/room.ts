import type { GraphQLFormattedError } from 'graphql';
import { Bookmarks } from './bookmarks.js';
import { Member } from './member.js';
import { Ring, type RingLimits, type RoomEvent } from './ring.js';
import type { RoomTopic } from './room-topic.js';
import { RoomUpstream, type Downstream } from './room-upstream.js';
import type { Ending, Membership, Watcher } from './watcher.js';

const RING: RingLimits = { events: 1_000, characters: 1024 * 1024, ageMs: 60_000 };

/** Placeholder for the number where missed events end, until the room has caught up. */
const WHEN_CAUGHT_UP = Infinity;

export interface RoomEvents {
  /** The last watcher has left. */
  onEmpty(room: Room): void;
  /** There is a new event, or the room has caught up. */
  onProgress(room: Room): void;
  /** The room receives no more events. */
  onClosed(room: Room): void;
}

/**
 * The watchers of one shared subscription. They share one upstream subscription, and one completion and one
 * serialisation of each event. A watcher is a position in the ring of recent events.
 */
export class Room implements Downstream {
  readonly ring = new Ring(RING);
  private readonly upstream: RoomUpstream;
  private readonly members = new Set<Member>();
  private readonly bookmarks = new Bookmarks();
  private readonly startsNow: boolean;
  /** The number after the last event with a cursor. Events without a cursor may follow it. */
  private afterCursor = 0;
  private closed = false;
  private successor: { readonly room: Room; readonly from: number } | null = null;

  /** @param after the cursor to start from; null means now */
  constructor(
    topic: RoomTopic,
    after: string | null,
    private readonly events: RoomEvents,
  ) {
    this.startsNow = after === null;
    this.upstream = new RoomUpstream(topic, after, this);
  }

  /** Whether everything up to now has arrived. */
  get isCaughtUp(): boolean {
    return this.upstream.isCaughtUp;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get size(): number {
    return this.members.size;
  }

  /** How many watchers still lack the newest event of this room or of the room that it merged into. */
  get behind(): number {
    const next = this.successor;
    if (next && next.from < next.room.ring.end) return this.size;
    return [...this.members].filter(({ position }) => position < this.ring.end).length;
  }

  /** The cursor of the newest event, or the start cursor; null before the first one is known. */
  get cursor(): string | null {
    return this.upstream.cursor;
  }

  /** Adds a watcher that starts where the room starts. */
  join(watcher: Watcher): Membership {
    return this.admit(new Member(watcher, this, 0));
  }

  /** Adds a watcher that starts from now. */
  joinNow(watcher: Watcher): Membership {
    return this.admit(new Member(watcher, this, this.ring.end, this.ring.end > 0 ? this.cursor : null));
  }

  /** Adds a watcher that resumes from a cursor. Returns null when the ring does not contain it. */
  joinAfter(watcher: Watcher, cursor: string): Membership | null {
    const number = this.numberAfter(cursor);
    if (number === null) return null;
    // In a room that still replays, the upstream's own bookmark will mark the end.
    const replayEnd = this.startsNow || this.upstream.hasCaughtUp ? this.ringEnd() : null;
    return this.admit(new Member(watcher, this, number, cursor, replayEnd));
  }

  private ringEnd(): number {
    return this.isCaughtUp ? this.ring.end : WHEN_CAUGHT_UP;
  }

  /** The number after a cursor; null when the ring does not contain it, or a closed room cannot hand over. */
  numberAfter(cursor: string): number | null {
    if (this.ring.end === 0 || (this.closed && !this.canHandOver)) return null;
    const number = this.ring.after(cursor) ?? (cursor === this.cursor ? this.afterCursor : null);
    return number === null || this.ring.has(number) ? number : null;
  }

  /** Whether this merged room can still be joined: the main room's ring must have the events that come next. */
  get canHandOver(): boolean {
    if (!this.successor || this.successor.room.isClosed) return false;
    const { room, from } = this.successor;
    return room.ring.has(from);
  }

  private admit(member: Member): Membership {
    this.members.add(member);
    // Deferred, so that the caller has the membership before the first event.
    queueMicrotask(() => this.serve(member));
    return member;
  }

  /** Sends a watcher its next events as long as it is ready. */
  serve(member: Member): void {
    this.guard(member, () => {
      if (this.ring.end - member.position > 1) member.watcher.batch(() => this.send(member));
      else this.send(member);
    });
  }

  /** Removes a watcher that throws, so that it does not affect the others. */
  private guard(member: Member, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.upstream.onFault(error);
      this.remove(member);
    }
  }

  private send(member: Member): void {
    while (this.members.has(member) && member.watcher.isReady()) {
      this.bookmarks.sendDue(member, this.cursor);
      if (member.position === this.ring.end) {
        if (this.successor) this.handOver(member);
        return;
      }
      const event = this.ring.at(member.position);
      if (!event) {
        this.remove(member);
        return member.watcher.cutOff('SUBSCRIPTION_LAGGED');
      }
      member.position += 1;
      if (event.cursor !== null) member.lastSent = event.cursor;
      member.watcher.next(event);
    }
  }

  remove(member: Member): void {
    if (this.members.delete(member) && this.members.size === 0) this.events.onEmpty(this);
  }

  /** @param topic one that the current topic can continue with */
  useTopic(topic: RoomTopic): void {
    if (!this.closed) this.upstream.useTopic(topic);
  }

  /** Ends with errors, after the events that have arrived are delivered. */
  reject(errors: readonly GraphQLFormattedError[]): void {
    if (!this.closed) this.upstream.finish((watcher) => watcher.rejected(errors));
  }

  /** Ends at once. Watchers can reconnect. */
  cutOff(why: Ending): void {
    if (!this.closed) this.ended((watcher) => watcher.cutOff(why));
  }

  /** @param from the number in the other room's ring where this room's events continue */
  mergeInto(room: Room, from: number): void {
    this.successor = { room, from };
    this.close();
    for (const member of this.members) this.serve(member);
  }

  /** Ends the upstream subscription. Watchers can still read the ring. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.upstream.close();
    this.events.onClosed(this);
  }

  private handOver(member: Member): void {
    const { room, from } = this.successor!;
    this.remove(member);
    if (room.isClosed) return member.watcher.cutOff('SUBSCRIPTION_LAGGED');
    member.room = room;
    member.position = from;
    const needsReplayEnd = member.replayEnd !== null || !(this.startsNow || this.upstream.hasCaughtUp);
    member.replayEnd = needsReplayEnd ? Math.max(from, room.ringEnd()) : null;
    room.members.add(member);
    room.serve(member);
  }

  next(event: RoomEvent, isBookmark: boolean, catchesUp: boolean): void {
    if (isBookmark) this.bookmarks.remember(event);
    this.ring.push(event);
    if (event.cursor !== null) this.afterCursor = this.ring.end;
    if (catchesUp) this.endReplays();
    for (const member of this.members) this.serve(member);
    this.events.onProgress(this);
  }

  /** Sets the end of missed events for watchers that joined while the upstream was lost. */
  private endReplays(): void {
    for (const member of this.members) {
      if (member.replayEnd === WHEN_CAUGHT_UP) member.replayEnd = this.ring.end;
    }
  }

  ended(tell: (watcher: Watcher) => void): void {
    for (const member of this.members) this.serve(member);
    const members = [...this.members];
    this.members.clear();
    this.close();
    for (const member of members) {
      const { watcher, position } = member;
      this.guard(member, () => {
        // A watcher that is behind must reconnect for the rest.
        if (position < this.ring.end) watcher.cutOff('SUBSCRIPTION_LAGGED');
        else tell(watcher);
      });
    }
  }
}
