import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { UpstreamEvent } from '../supergraph/supergraph-gateway.js';
import type { Resumption } from './upstream-plan.js';
import { Ring, type RingLimits, type RoomEvent } from './ring.js';
import type { Upstream, UpstreamRequest } from './upstream.js';
import type { AuthContext } from '@supergraph/auth-context/auth-context';

const RING: RingLimits = { events: 1_000, characters: 1024 * 1024, ageMs: 60_000 };

/** How many events may wait for their completion before the upstream is asked to wait, and how many to go on. */
const MOST_WAITING = 500;
const FEW_WAITING = 50;

/** In the place of a number that is not known yet. */
const WHEN_CAUGHT_UP = Infinity;

const SHORTEST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;

/** Why a live operation ended although neither side wanted it to. */
export type Ending = 'SUBSCRIPTION_UPSTREAM_LOST' | 'SUBSCRIPTION_LAGGED';

/** Who watches, as a transport implements it. After `refused`, `complete` or `cutOff` nothing more comes. */
export interface Watcher {
  /** Whether it can take another event now. It calls `Membership.resume` when it can again. */
  isReady(): boolean;
  /** What comes next: the same object for everybody in the room. */
  next(event: RoomEvent): void;
  refused(errors: readonly GraphQLFormattedError[]): void;
  complete(): void;
  cutOff(why: Ending): void;
}

/** A watcher's place in a room. */
export interface Membership {
  /** To be called when the watcher can take events again. */
  resume(): void;
  leave(): void;
}

/** What a room is about: the same for everybody in it. */
export interface RoomTopic {
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly actsAs: AuthContext;
  readonly resumption: Resumption | null;
  /** Whether its watchers have asked for bookmarks. */
  readonly bookmarks: boolean;
  /** For how long a lost upstream is tried again, in milliseconds. */
  readonly retryWindowMs: number;
  complete(event: UpstreamEvent): Promise<FormattedExecutionResult>;
  /** Told of what nobody foresaw; the room ends. */
  onFault(error: unknown): void;
  /** The client's view of errors from upstream. */
  format(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[];
}

export interface RoomEvents {
  /** It has nobody in it. */
  onEmpty(room: Room): void;
  /** It has a new event, or has caught up. */
  onProgress(room: Room): void;
  /** Nobody can join it any more. */
  onOver(room: Room): void;
}

class Member implements Membership {
  constructor(
    readonly watcher: Watcher,
    public room: Room,
    public position: number,
    /** Where this watcher starts from, if a bookmark shall tell so. */
    public greeting: string | null = null,
    /** Where what this watcher has missed ends, if a bookmark shall tell so. */
    public missedUntil: number | null = null,
  ) {}

  resume(): void {
    this.room.serve(this);
  }

  leave(): void {
    this.room.dismiss(this);
  }
}

/**
 * Watchers of the same operation who may see the same: one upstream subscription, one completion and one
 * serialisation for each event. A watcher is a position in the ring of recent events. A lost upstream is taken up
 * again after the last event, and no watcher notices.
 */
export class Room {
  readonly ring = new Ring(RING);
  readonly #members = new Set<Member>();
  #unsubscribe: () => void = () => {};
  #retry: NodeJS.Timeout | undefined;
  #attempts = 0;
  #lostAt: number | null = null;
  #cursor: string | null;
  /** Bookmarks that upstream owes before it is live: those at the start, and at the end of what was missed. */
  #owed = 0;
  /** Whether upstream has been taken up again; the bookmarks that belong to that are nobody's business. */
  #resumed = false;
  readonly #startsNow: boolean;
  #subscribedAt = 0;
  #caughtUp = false;
  #hasCaughtUp = false;
  #waiting = 0;
  #paused = false;
  #completions: Promise<void> = Promise.resolve();
  /** The last bookmark that watchers were sent. */
  #template: { readonly json: string; readonly cursor: string } | null = null;
  #over = false;
  #successor: { readonly room: Room; readonly from: number } | null = null;

  /** @param after the cursor to start from; null is now */
  constructor(
    private readonly topic: RoomTopic,
    after: string | null,
    private readonly events: RoomEvents,
  ) {
    this.#cursor = after;
    this.#startsNow = after === null;
    this.#subscribe();
  }

  /** Whether everything up to now is in the ring, or was. */
  get isCaughtUp(): boolean {
    return this.#caughtUp;
  }

  get isOver(): boolean {
    return this.#over;
  }

  get size(): number {
    return this.#members.size;
  }

  /** The cursor of its newest event, or that it starts from; null before the first one has come. */
  get cursor(): string | null {
    return this.#cursor;
  }

  /** Takes a watcher in from the beginning on: one who has opened the room, or has waited for it. */
  join(watcher: Watcher): Membership {
    return this.#admit(new Member(watcher, this, 0));
  }

  /** Takes a watcher in from now on. */
  joinNow(watcher: Watcher): Membership {
    return this.#admit(new Member(watcher, this, this.ring.end, this.ring.end > 0 ? this.#cursor : null));
  }

  /** Takes a watcher in who comes back with a cursor; null when the ring does not have it. */
  joinAfter(watcher: Watcher, cursor: string): Membership | null {
    const place = this.placeAfter(cursor);
    if (place === null) return null;
    // Otherwise the room's own will come.
    const missedUntil = this.#startsNow || this.#hasCaughtUp ? this.#endOfMissed() : null;
    return this.#admit(new Member(watcher, this, place, cursor, missedUntil));
  }

  #endOfMissed(): number {
    return this.#caughtUp ? this.ring.end : WHEN_CAUGHT_UP;
  }

  /** The number of what comes after a cursor; null when the ring does not have it, or not any more. */
  placeAfter(cursor: string): number | null {
    if (this.#over || this.ring.end === 0) return null;
    return cursor === this.#cursor ? this.ring.end : this.ring.after(cursor);
  }

  #admit(member: Member): Membership {
    this.#members.add(member);
    // Not at once: whoever joins does not have the membership yet by which they may leave.
    queueMicrotask(() => this.serve(member));
    return member;
  }

  /** For a watcher who comes into a room that has begun: as upstream sent the last one, but for the cursor. */
  #sendBookmark(watcher: Watcher, cursor: string | null): void {
    if (cursor === null) return;
    const json =
      this.#template?.json.replaceAll(JSON.stringify(this.#template.cursor), () => JSON.stringify(cursor)) ??
      null;
    watcher.next({ cursor, json });
  }

  /** Sends a watcher what it has not had, as far as it can take it. */
  serve(member: Member): void {
    while (this.#members.has(member) && member.watcher.isReady()) {
      if (member.greeting !== null) {
        this.#sendBookmark(member.watcher, member.greeting);
        member.greeting = null;
      }
      if (member.position === member.missedUntil) {
        member.missedUntil = null;
        this.#sendBookmark(member.watcher, this.ring.at(member.position - 1)?.cursor ?? this.#cursor);
      }
      if (member.position === this.ring.end) {
        if (this.#successor) this.#handOver(member);
        return;
      }
      const event = this.ring.at(member.position);
      if (!event) {
        this.#members.delete(member);
        member.watcher.cutOff('SUBSCRIPTION_LAGGED');
        if (this.#members.size === 0) this.events.onEmpty(this);
        return;
      }
      member.position += 1;
      member.watcher.next(event);
    }
  }

  dismiss(member: Member): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.events.onEmpty(this);
  }

  /** Sends its watchers on to a room that has what comes next from this number on. */
  mergeInto(room: Room, from: number): void {
    this.#successor = { room, from };
    this.#end();
    for (const member of this.#members) this.serve(member);
  }

  /** Ends what it has upstream. */
  close(): void {
    this.#end();
  }

  #handOver(member: Member): void {
    const { room, from } = this.#successor!;
    this.#members.delete(member);
    if (room.isOver) return member.watcher.cutOff('SUBSCRIPTION_LAGGED');
    member.room = room;
    member.position = from;
    const isOwedTheEnd = member.missedUntil !== null || !(this.#startsNow || this.#hasCaughtUp);
    member.missedUntil = isOwedTheEnd ? Math.max(from, room.#endOfMissed()) : null;
    room.#members.add(member);
    room.serve(member);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#retry);
    this.#unsubscribe();
    this.events.onOver(this);
  }

  #subscribe(): void {
    const { upstream, request, actsAs, resumption } = this.topic;
    const after = this.#cursor;
    this.#resumed = this.ring.end > 0;
    this.#subscribedAt = performance.now();
    this.#owed = after === null ? 1 : 2;
    this.#caughtUp = resumption === null;
    const variables =
      resumption && after !== null
        ? { ...request.variables, [resumption.variable]: after }
        : request.variables;
    let current = true;
    const last = (work: () => void) => {
      if (!current) return;
      current = false;
      work();
    };
    const stop = upstream.subscribe({ ...request, variables }, actsAs, {
      next: (event) => {
        if (current) this.#receive(event);
      },
      refused: (errors) => last(() => this.#refused(errors)),
      lost: () => last(() => this.#lost()),
      complete: () =>
        last(() => this.#afterCompletions(() => this.#tellAll((watcher) => watcher.complete()))),
    });
    this.#unsubscribe = () => {
      current = false;
      stop();
    };
  }

  #receive(received: UpstreamEvent): void {
    const { resumption, bookmarks } = this.topic;
    const cursor = resumption?.cursorOf(received.data) ?? null;
    const isBookmark = !received.errors && (resumption?.isBookmark(received.data) ?? false);
    const event = resumption ? resumption.asAskedFor(received) : received;
    this.#lostAt = null;
    // An upstream that accepts and breaks at once, again and again, is not tried again at once.
    if (!isBookmark || performance.now() - this.#subscribedAt > LONGEST_RETRY_MS) this.#attempts = 0;
    let isWanted = true;
    if (isBookmark) {
      const isOfResumption = this.#resumed && (this.#owed === 2 || (this.#owed === 1 && this.#hasCaughtUp));
      isWanted = bookmarks && !isOfResumption;
      if (this.#owed > 0) this.#owed -= 1;
    }
    const isLast = isBookmark && this.#owed === 0;
    this.#waiting += 1;
    if (this.#waiting > MOST_WAITING) this.#pause();
    this.#next(async () => {
      const result = isWanted && !this.#over ? await this.topic.complete(event) : null;
      this.#waiting -= 1;
      if (this.#over) return;
      if (cursor !== null) this.#cursor = cursor;
      const json = result && JSON.stringify(result);
      if (isBookmark && json && cursor !== null) this.#template = { json, cursor };
      if (isLast) this.#caughtUp = this.#hasCaughtUp = true;
      this.ring.push({ cursor, json });
      if (isLast) this.#endMissing();
      for (const member of this.#members) this.serve(member);
      this.events.onProgress(this);
      if (this.#paused && this.#waiting <= FEW_WAITING) this.#goOn();
    });
  }

  /** What was lost with an upstream has been made up for. */
  #endMissing(): void {
    for (const member of this.#members) {
      if (member.missedUntil === WHEN_CAUGHT_UP) member.missedUntil = this.ring.end;
    }
  }

  /** What the room has not asked for cannot fill the memory: it is asked for again when there is room for it. */
  #pause(): void {
    if (this.#paused) return;
    this.#unsubscribe();
    if (this.topic.resumption) this.#paused = true;
    else this.#afterCompletions(() => this.#tellAll((watcher) => watcher.cutOff('SUBSCRIPTION_LAGGED')));
  }

  #goOn(): void {
    this.#paused = false;
    // Whatever else waits is completed first, and with it the cursor to go on from is known.
    this.#afterCompletions(() => this.#subscribe());
  }

  #refused(errors: readonly GraphQLFormattedError[]): void {
    const codes = errors.map(({ extensions }) => extensions?.['code']);
    // What it has accepted before, it would accept again if nothing were wrong with it.
    const hasFailed = this.ring.end > 0 && codes.includes('INTERNAL_SERVER_ERROR');
    if (hasFailed || codes.includes('SUBGRAPH_UNAVAILABLE')) return this.#lost();
    this.#afterCompletions(() => {
      const formatted = this.topic.format(errors);
      this.#tellAll((watcher) => watcher.refused(formatted));
    });
  }

  #lost(): void {
    this.#lostAt ??= performance.now();
    const isHopeless =
      this.topic.resumption === null || performance.now() - this.#lostAt >= this.topic.retryWindowMs;
    if (isHopeless) {
      return this.#afterCompletions(() =>
        this.#tellAll((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST')),
      );
    }
    const ceiling = Math.min(LONGEST_RETRY_MS, SHORTEST_RETRY_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    // Between half of it and all of it, so that rooms that were lost together do not come back together.
    this.#retry = setTimeout(() => this.#goOn(), ceiling * (0.5 + Math.random() / 2));
  }

  #afterCompletions(tell: () => void): void {
    this.#next(() => {
      if (!this.#over) tell();
    });
  }

  /** Does one thing after the other. What fails without anybody having foreseen it ends this room, and no other. */
  #next(work: () => void | Promise<void>): void {
    this.#completions = this.#completions.then(work).catch((error: unknown) => {
      this.topic.onFault(error);
      if (!this.#over) this.#tellAll((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
    });
  }

  #tellAll(tell: (watcher: Watcher) => void): void {
    for (const member of this.#members) this.serve(member);
    const members = [...this.#members];
    this.#members.clear();
    this.#end();
    for (const { watcher, position } of members) {
      // Who has not taken everything comes back for it.
      if (position < this.ring.end) watcher.cutOff('SUBSCRIPTION_LAGGED');
      else tell(watcher);
    }
  }
}
