import type { GraphQLFormattedError } from 'graphql';
import { Bookmarks } from './bookmarks.js';
import { Member } from './member.js';
import { Ring, type RingLimits, type RoomEvent } from './ring.js';
import type { RoomTopic } from './room-topic.js';
import { RoomUpstream, type Downstream } from './room-upstream.js';
import type { Ending, Membership, Watcher } from './watcher.js';

const RING: RingLimits = { events: 1_000, characters: 1024 * 1024, ageMs: 60_000 };

/** In the place of a number that is not known yet. */
const WHEN_CAUGHT_UP = Infinity;

export interface RoomEvents {
  /** It has nobody in it. */
  onEmpty(room: Room): void;
  /** It has a new event, or has caught up. */
  onProgress(room: Room): void;
  /** Nobody can join it any more. */
  onOver(room: Room): void;
}

/**
 * Watchers of the same operation who may see the same: one upstream subscription, one completion and one
 * serialisation for each event. A watcher is a position in the ring of recent events.
 */
export class Room implements Downstream {
  readonly ring = new Ring(RING);
  private readonly upstream: RoomUpstream;
  private readonly members = new Set<Member>();
  private readonly bookmarks = new Bookmarks();
  private readonly startsNow: boolean;
  /** The number of what comes after its cursor: what has none may have come since. */
  private afterCursor = 0;
  private over = false;
  private successor: { readonly room: Room; readonly from: number } | null = null;

  /** @param after the cursor to start from; null is now */
  constructor(
    topic: RoomTopic,
    after: string | null,
    private readonly events: RoomEvents,
  ) {
    this.startsNow = after === null;
    this.upstream = new RoomUpstream(topic, after, this);
  }

  /** Whether everything up to now is in the ring, or was. */
  get isCaughtUp(): boolean {
    return this.upstream.isCaughtUp;
  }

  get isOver(): boolean {
    return this.over;
  }

  get size(): number {
    return this.members.size;
  }

  /** How many of its watchers have not had its newest event yet, or that of the room that it has merged into. */
  get behind(): number {
    const next = this.successor;
    if (next && next.from < next.room.ring.end) return this.size;
    return [...this.members].filter(({ position }) => position < this.ring.end).length;
  }

  /** The cursor of its newest event, or that it starts from; null before the first one has come. */
  get cursor(): string | null {
    return this.upstream.cursor;
  }

  /** Takes a watcher in from the beginning on: one who has opened the room, or has waited for it. */
  join(watcher: Watcher): Membership {
    return this.admit(new Member(watcher, this, 0));
  }

  /** Takes a watcher in from now on. */
  joinNow(watcher: Watcher): Membership {
    return this.admit(new Member(watcher, this, this.ring.end, this.ring.end > 0 ? this.cursor : null));
  }

  /** Takes a watcher in who comes back with a cursor; null when the ring does not have it. */
  joinAfter(watcher: Watcher, cursor: string): Membership | null {
    const place = this.placeAfter(cursor);
    if (place === null) return null;
    // Otherwise the room's own will come.
    const missedUntil = this.startsNow || this.upstream.hasCaughtUp ? this.endOfMissed() : null;
    return this.admit(new Member(watcher, this, place, cursor, missedUntil));
  }

  private endOfMissed(): number {
    return this.isCaughtUp ? this.ring.end : WHEN_CAUGHT_UP;
  }

  /** The number of what comes after a cursor; null when the ring does not have it, or nothing leads on from there. */
  placeAfter(cursor: string): number | null {
    if (this.ring.end === 0 || (this.over && !this.leadsOn)) return null;
    const place = this.ring.after(cursor) ?? (cursor === this.cursor ? this.afterCursor : null);
    return place === null || this.ring.has(place) ? place : null;
  }

  /** Whether it has merged into a room that still has what comes next, so that it can be joined for what it has. */
  get leadsOn(): boolean {
    if (!this.successor || this.successor.room.isOver) return false;
    const { room, from } = this.successor;
    return room.ring.has(from);
  }

  private admit(member: Member): Membership {
    this.members.add(member);
    // Not at once: whoever joins does not have the membership yet by which they may leave.
    queueMicrotask(() => this.serve(member));
    return member;
  }

  /** Sends a watcher what it has not had, as far as it can take it. */
  serve(member: Member): void {
    this.guard(member, () => {
      if (this.ring.end - member.position > 1) member.watcher.together(() => this.send(member));
      else this.send(member);
    });
  }

  /** A watcher that fails loses its own place, and nobody else's. */
  private guard(member: Member, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.upstream.onFault(error);
      this.dismiss(member);
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
        this.dismiss(member);
        return member.watcher.cutOff('SUBSCRIPTION_LAGGED');
      }
      member.position += 1;
      if (event.cursor !== null) member.told = event.cursor;
      member.watcher.next(event);
    }
  }

  dismiss(member: Member): void {
    if (this.members.delete(member) && this.members.size === 0) this.events.onEmpty(this);
  }

  /** Has what comes from now on asked for and completed as a topic says that can follow the one before. */
  renew(topic: RoomTopic): void {
    if (!this.over) this.upstream.renew(topic);
  }

  /** Turns its watchers away once they have had what has come. */
  refuse(errors: readonly GraphQLFormattedError[]): void {
    if (!this.over) this.upstream.finish((watcher) => watcher.refused(errors));
  }

  /** Cuts its watchers off at once. */
  cutOff(why: Ending): void {
    if (!this.over) this.ended((watcher) => watcher.cutOff(why));
  }

  /** Sends its watchers on to a room that has what comes next from this number on. */
  mergeInto(room: Room, from: number): void {
    this.successor = { room, from };
    this.close();
    for (const member of this.members) this.serve(member);
  }

  /** Ends what it has upstream. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.upstream.close();
    this.events.onOver(this);
  }

  private handOver(member: Member): void {
    const { room, from } = this.successor!;
    this.dismiss(member);
    if (room.isOver) return member.watcher.cutOff('SUBSCRIPTION_LAGGED');
    member.room = room;
    member.position = from;
    const isOwedTheEnd = member.missedUntil !== null || !(this.startsNow || this.upstream.hasCaughtUp);
    member.missedUntil = isOwedTheEnd ? Math.max(from, room.endOfMissed()) : null;
    room.members.add(member);
    room.serve(member);
  }

  next(event: RoomEvent, isBookmark: boolean, catchesUp: boolean): void {
    if (isBookmark) this.bookmarks.note(event);
    this.ring.push(event);
    if (event.cursor !== null) this.afterCursor = this.ring.end;
    if (catchesUp) this.endMissing();
    for (const member of this.members) this.serve(member);
    this.events.onProgress(this);
  }

  /** What was lost with an upstream has been made up for. */
  private endMissing(): void {
    for (const member of this.members) {
      if (member.missedUntil === WHEN_CAUGHT_UP) member.missedUntil = this.ring.end;
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
        // Who has not taken everything comes back for it.
        if (position < this.ring.end) watcher.cutOff('SUBSCRIPTION_LAGGED');
        else tell(watcher);
      });
    }
  }
}
