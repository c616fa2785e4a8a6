import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@kit/service';
import { matches, type SubscriberFilter } from '../list/subscriber-filter.js';
import { CursorExpired, type StreamPosition } from './stream-cursor.js';
import type { ReplayPage, ReplayRequest } from './additions.js';
import type { StreamEntry, SubscriberAdded } from './subscriber-added.js';
import type { Tail } from './tail.js';

/** How many missed events a watcher holds in memory. */
const PAGE = 200;

const RETRY_MS = 500;
const NO_PAGE: ReplayPage = { entries: [], reached: 0 };
const DONE = { value: undefined, done: true } as const;

export interface WatchRequest {
  readonly filter: SubscriberFilter;
  /** The position to start after; null is the end of the log. */
  readonly after: StreamPosition | null;
  readonly bookmarks: boolean;
  /** The time without an event after which a bookmark is sent, in milliseconds. */
  readonly silenceMs: number;
  /** How long a page may be used after it was read, in milliseconds. */
  readonly pageAgeMs: number;
}

/** The dependencies of a watch. */
export interface WatchSources {
  readonly tail: Tail;
  /**
   * Reads a page of missed events.
   * @returns null if `isWanted` is false when the request's turn comes
   * @throws CursorExpired
   */
  replay(request: ReplayRequest, isWanted: () => boolean): Promise<ReplayPage | null>;
  encode(position: StreamPosition): string;
  /** Called when a page cannot be read, which is then retried. */
  onReadError(error: unknown): void;
}

/**
 * Iterates over the log for one watcher. It holds its position and at most one page, and reads only when `next` is
 * called, so a slow watcher costs no memory. While its position is older than the events in the tail's memory, it reads
 * pages of the log. Then it takes events from the tail. Do not call `next()` again before it has returned. `return()`
 * takes effect at once, also while a `next()` waits.
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
  private silenceTimer: NodeJS.Timeout | undefined;
  private readonly unfollow: () => void;
  private stopWaiting: (() => void) | undefined;

  /** @param onEnd called once, when the watch ends */
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

  /** Returns the next event of the page. Without one it moves to the end of the page and returns null. */
  private fromPage(): StreamEntry | null {
    // An old page is read again, because subscribers may have been erased since.
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
      this.sources.onReadError(error);
      await this.unlessEnded(delay(RETRY_MS));
    }
  }

  /**
   * Returns the result of the work, or null as soon as the watch has ended. `Promise.race` with a promise for the end
   * of the watch would keep every page in memory.
   */
  private async unlessEnded<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await new Promise<T | null>((resolve, reject) => {
        this.stopWaiting = () => resolve(null);
        work.then(resolve, reject);
      });
    } finally {
      this.stopWaiting = undefined;
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
    // One timer serves many events: when it fires, `silenceIsOver` checks the clock.
    if (this.request.bookmarks) {
      this.silenceTimer ??= setTimeout(
        () => {
          this.silenceTimer = undefined;
          this.wakeNow?.();
        },
        this.request.silenceMs - (performance.now() - this.quietSince),
      );
    }
    await new Promise<void>((resolve) => (this.wakeNow = resolve));
    this.wakeNow = undefined;
  }

  /** Releases all resources and makes a waiting `next()` return. */
  private end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.silenceTimer);
    this.unfollow();
    this.page = NO_PAGE;
    this.onEnd();
    this.wakeNow?.();
    this.stopWaiting?.();
  }
}
