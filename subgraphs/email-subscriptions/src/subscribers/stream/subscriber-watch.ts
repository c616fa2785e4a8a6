import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@supergraph/service/domain-error';
import { matches, type SubscriberFilter } from '../list/subscriber-filter.js';
import { CursorExpired, type StreamPosition } from './stream-cursor.js';
import type { ReplayPage, ReplayRequest } from './additions.js';
import type { StreamEntry, SubscriberAdded } from './subscriber-added.js';
import type { Tail } from './tail.js';

/** How many events a watcher that catches up holds in memory. */
const PAGE = 200;

const RETRY_MS = 500;
const NO_PAGE: ReplayPage = { entries: [], reached: 0 };
const DONE = { value: undefined, done: true } as const;

export interface WatchRequest {
  readonly filter: SubscriberFilter;
  /** Where to start from; null is the end of the log, from now on. */
  readonly after: StreamPosition | null;
  readonly bookmarks: boolean;
  /** After how much silence a bookmark comes, in milliseconds. */
  readonly silenceMs: number;
  /** For how long what was read ahead may be shown, in milliseconds. */
  readonly pageAgeMs: number;
}

/** What a watch needs of the service around it. */
export interface WatchSources {
  readonly tail: Tail;
  /**
   * Reads on from a position, up to a number; throws CursorExpired when that is not possible any more. Answers null
   * when it took so long that it was not wanted any more.
   */
  replay(request: ReplayRequest, isWanted: () => boolean): Promise<ReplayPage | null>;
  encode(position: StreamPosition): string;
  /** Told when a page could not be read; it is tried again. */
  onTrouble(error: unknown): void;
}

/**
 * One watcher's way through the log: a position, and at most one page of what comes next. It moves only when asked
 * for the next event, so a watcher may be as slow as it likes. While its position lies behind what the tail keeps in
 * memory it reads pages of the log, up to where the tail stands; from there on it takes the tail's own events.
 * `next()` must not be called again before it has answered. `return()` acts at once, also while a `next()` waits.
 */
export class SubscriberWatch implements AsyncIterableIterator<SubscriberAdded> {
  private position: StreamPosition;
  private page: ReplayPage = NO_PAGE;
  private pageIndex = 0;
  private pageReadAt = 0;
  private opening: boolean;
  private replaying: boolean;
  private ended = false;
  private quietSince = performance.now();
  private wakeNow: (() => void) | undefined;
  private silence: NodeJS.Timeout | undefined;
  private readonly unfollow: () => void;
  private giveUp: (() => void) | undefined;

  /** @param onEnd called once, when the watcher takes no more events */
  constructor(
    private readonly request: WatchRequest,
    private readonly sources: WatchSources,
    private readonly onEnd: () => void,
  ) {
    this.position = request.after ?? sources.tail.position;
    this.opening = request.bookmarks;
    this.replaying = request.bookmarks && request.after !== null;
    this.unfollow = sources.tail.follow(() => this.wakeNow?.());
  }

  async next(): Promise<IteratorResult<SubscriberAdded>> {
    try {
      const event = await this.nextEvent();
      if (event === null) return DONE;
      this.quietSince = performance.now();
      return { value: event, done: false };
    } catch (error) {
      this.end();
      throw error;
    }
  }

  return(): Promise<IteratorResult<SubscriberAdded>> {
    this.end();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns null once the watch has ended */
  private async nextEvent(): Promise<SubscriberAdded | null> {
    const { tail } = this.sources;
    while (!this.ended) {
      if (this.opening) {
        this.opening = false;
        return this.bookmark();
      }
      const { epoch, seq } = tail.position;
      if (this.position.epoch !== epoch || this.position.seq > seq) throw new CursorExpired();

      const entry = this.fromPage() ?? tail.after(this.position.seq);
      if (entry === 'behind') {
        await this.readPage(seq);
      } else if (entry !== null) {
        this.moveTo(entry.seq);
        if (entry.event && matches(this.request.filter, entry.event.subscriber)) return entry.event;
      } else if (this.replaying) {
        this.replaying = false;
        return this.bookmark();
      } else if (this.silenceIsOver()) {
        return this.bookmark();
      } else {
        await this.growthOrSilence();
      }
    }
    return null;
  }

  /** The next event of the page that was read; null when there is none, and the position is where the page ends. */
  private fromPage(): StreamEntry | null {
    // Whoever let it wait for so long reads it anew: people may have been erased since.
    if (performance.now() - this.pageReadAt > this.request.pageAgeMs) this.page = NO_PAGE;
    const entry = this.page.entries[this.pageIndex];
    if (entry) {
      this.pageIndex += 1;
      return entry;
    }
    if (this.page.reached > this.position.seq) this.moveTo(this.page.reached);
    return null;
  }

  private async readPage(through: number): Promise<void> {
    const request = { from: this.position, through, filter: this.request.filter, limit: PAGE };
    try {
      const page = this.sources.replay(request, () => !this.ended);
      const read = await this.unlessEnded(page);
      if (read) {
        this.page = read;
        this.pageIndex = 0;
        this.pageReadAt = performance.now();
      }
    } catch (error) {
      if (error instanceof DomainError) throw error;
      this.sources.onTrouble(error);
      await this.unlessEnded(delay(RETRY_MS));
    }
  }

  /**
   * What the work comes to; null as soon as the watch has ended. Not by `Promise.race`: against a promise that lives
   * as long as the watch it would keep every page.
   */
  private async unlessEnded<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await new Promise<T | null>((resolve, reject) => {
        this.giveUp = () => resolve(null);
        work.then(resolve, reject);
      });
    } finally {
      this.giveUp = undefined;
    }
  }

  private moveTo(seq: number): void {
    this.position = { epoch: this.position.epoch, seq };
  }

  private bookmark(): SubscriberAdded {
    return { cursor: this.sources.encode(this.position), occurredAt: new Date(), subscriber: null };
  }

  private silenceIsOver(): boolean {
    const { bookmarks, silenceMs } = this.request;
    return bookmarks && performance.now() - this.quietSince >= silenceMs;
  }

  private async growthOrSilence(): Promise<void> {
    // One timer for many events: it looks at the clock again when it has run out.
    if (this.request.bookmarks) {
      this.silence ??= setTimeout(
        () => {
          this.silence = undefined;
          this.wakeNow?.();
        },
        this.request.silenceMs - (performance.now() - this.quietSince),
      );
    }
    await new Promise<void>((resolve) => (this.wakeNow = resolve));
    this.wakeNow = undefined;
  }

  /** Lets go of everything; a `next()` that waits is answered. */
  private end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.silence);
    this.unfollow();
    this.page = NO_PAGE;
    this.onEnd();
    this.wakeNow?.();
    this.giveUp?.();
  }
}
