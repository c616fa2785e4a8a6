import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@kit/service';
import { CursorExpired, type LogPosition } from '../reading/log-cursors.js';
import type { ReplayPage, WatchRequest, WatchSources } from './watch-request.js';
import type { StreamEntry, WatchedEvent } from './watched-event.js';

/** How many missed events a watcher holds in memory. */
const PAGE = 200;

const RETRY_MS = 500;
const NO_PAGE: ReplayPage<never> = { entries: [], reached: 0 };
const DONE = { value: undefined, done: true } as const;

/**
 * Iterates over the log for one watcher. It holds its position and at most one page, and reads only when `next` is
 * called, so a slow watcher costs no memory. While its position is older than the events in the tail's memory, it reads
 * pages of the log. Then it takes events from the tail. Do not call `next()` again before it has returned. `return()`
 * takes effect at once, also while a `next()` waits.
 */
export class Watch<Subject> implements AsyncIterableIterator<WatchedEvent<Subject>> {
  private position: LogPosition;
  private page: ReplayPage<Subject> = NO_PAGE;
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
    private readonly request: WatchRequest<Subject>,
    private readonly sources: WatchSources<Subject>,
    private readonly onEnd: () => void,
  ) {
    this.position = request.after ?? sources.tail.position;
    this.opening = request.bookmarks;
    this.replaying = request.bookmarks && request.after !== null;
    this.unfollow = sources.tail.follow(() => this.wakeNow?.());
  }

  async next(): Promise<IteratorResult<WatchedEvent<Subject>>> {
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

  return(): Promise<IteratorResult<WatchedEvent<Subject>>> {
    this.end();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns null once the watch has ended */
  private async nextEvent(): Promise<WatchedEvent<Subject> | null> {
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
        await this.attempt(() => this.readPage(seq));
      } else if (entry === 'unloaded') {
        await this.attempt(() => this.sources.tail.load(this.position.seq));
      } else if (entry !== null) {
        this.moveTo(entry.seq);
        const { event } = entry;
        if (event && this.isWanted(event)) return event;
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

  private isWanted(event: WatchedEvent<Subject> & { readonly subject: Subject }): boolean {
    const { kinds, filter } = this.request;
    return (kinds === undefined || kinds.includes(event.kind!)) && filter(event.subject, event);
  }

  /** Returns the next event of the page. Without one it moves to the end of the page and returns null. */
  private fromPage(): StreamEntry<Subject> | null {
    // An old page is read again, because subjects may have been deleted since.
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
    const { kinds, matching } = this.request;
    const request = { from: this.position, through, kinds, matching, limit: PAGE };
    const page = await this.sources.replay(request, () => !this.ended);
    if (!page || this.ended) return;
    this.page = page;
    this.pageIndex = 0;
    this.pageReadAt = performance.now();
  }

  /** Reads, or waits for a moment when that fails. Returns as soon as the watch has ended. */
  private async attempt(read: () => Promise<void>): Promise<void> {
    try {
      await this.unlessEnded(read());
    } catch (error) {
      if (error instanceof DomainError) throw error;
      this.sources.onReadError(error);
      await this.unlessEnded(delay(RETRY_MS));
    }
  }

  /**
   * Returns when the work is done, or as soon as the watch has ended. `Promise.race` with a promise for the end
   * of the watch would keep every page in memory.
   */
  private async unlessEnded(work: Promise<void>): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.stopWaiting = resolve;
        work.then(resolve, reject);
      });
    } finally {
      this.stopWaiting = undefined;
    }
  }

  private moveTo(seq: number): void {
    this.position = { epoch: this.position.epoch, seq };
  }

  private bookmark(): WatchedEvent<Subject> {
    return {
      cursor: this.sources.cursors.encode(this.position),
      occurredAt: new Date(),
      kind: null,
      detail: null,
      subject: null,
    };
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
