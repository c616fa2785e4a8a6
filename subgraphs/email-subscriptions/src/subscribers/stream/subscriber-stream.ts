import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DomainError, InvalidCursor, LOGGER, Semaphore } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { EventLog } from '../../event-log/event-log.js';

import type { SubscriberFilter } from '../list/subscriber-filter.js';
import { Additions, type ReplayPage, type ReplayRequest } from './additions.js';
import { CursorExpired, StreamCursors, StreamUnavailable, type StreamPosition } from './stream-cursor.js';
import { SubscriberWatch } from './subscriber-watch.js';
import { Tail, TAIL_SETTINGS } from './tail.js';

const SILENCE_MS = 15_000;

/** The share of the database connections that replays may use, so that queries have some left. */
const SHARE_OF_REPLAYS = 1 / 3;

/** The stream of additions. */
@Injectable()
export class SubscriberStream implements BeforeApplicationShutdown {
  private readonly replays: Semaphore;
  private isFailing = false;

  constructor(
    private readonly log: EventLog,
    private readonly tail: Tail,
    private readonly additions: Additions,
    private readonly cursors: StreamCursors,
    dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const poolSize = dataSource.options.poolSize ?? 1;
    this.replays = new Semaphore(Math.max(1, Math.floor(poolSize * SHARE_OF_REPLAYS)));
  }

  /** Call it once, when the database is open. */
  start(): Promise<void> {
    return this.tail.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.tail.stop();
  }

  /** The position of the stream now or a moment ago. All later additions come after it. */
  current(): string {
    return this.cursors.encode(this.tail.position);
  }

  /**
   * Yields the matching additions after a cursor, in order, and then new ones. Without a cursor it yields only new ones.
   * @throws InvalidCursor if the cursor is forged, of another stream or from the future
   * @throws CursorExpired if events after the cursor were deleted
   * @throws StreamUnavailable if the database is needed and does not respond
   */
  async watch(filter: SubscriberFilter, after: string | null, bookmarks: boolean): Promise<SubscriberWatch> {
    const from =
      after === null ? null : await this.locate(after).catch((error: unknown) => this.asUnavailable(error));
    const watch = new SubscriberWatch(
      { filter, after: from, bookmarks, silenceMs: SILENCE_MS, pageAgeMs: TAIL_SETTINGS.ageMs },
      {
        tail: this.tail,
        replay: (request, isWanted) =>
          this.replays.run(async () => (isWanted() ? this.replay(request) : null)),
        encode: (position) => this.cursors.encode(position),
        onReadError: (error) => this.warn(error),
      },
      () => this.logger.info({ watchers: this.tail.watchers }, 'a watcher left'),
    );
    this.logger.info({ watchers: this.tail.watchers }, 'a watcher came');
    return watch;
  }

  private async replay(request: ReplayRequest): Promise<ReplayPage> {
    const page = await this.additions.replay(request);
    this.isFailing = false;
    return page;
  }

  /** Logs once for each outage, however many watchers retry. */
  private warn(error: unknown): void {
    if (!this.isFailing) this.logger.warn({ err: error }, 'missed events cannot be read');
    this.isFailing = true;
  }

  private async locate(cursor: string): Promise<StreamPosition> {
    const position = this.cursors.decode(cursor);
    if (this.isAhead(position)) await this.catchUpWith(position);
    else if (this.tail.after(position.seq) === 'behind') await this.additions.requireKept(position);
    return position;
  }

  private isAhead({ epoch, seq }: StreamPosition): boolean {
    const end = this.tail.position;
    return epoch !== end.epoch || seq > end.seq;
  }

  /** Another replica may have read further than this one, so only the database can tell. */
  private async catchUpWith(position: StreamPosition): Promise<void> {
    const { epoch, lastSeq } = await this.log.state();
    if (position.epoch !== epoch) throw new CursorExpired();
    if (position.seq > lastSeq) {
      this.logger.error(
        'a valid cursor is beyond the end of the log: was a backup restored? Start a new epoch',
      );
      throw new InvalidCursor();
    }
    await this.tail.wake();
    if (this.isAhead(position)) throw new StreamUnavailable();
  }

  private asUnavailable(error: unknown): never {
    if (error instanceof DomainError) throw error;
    this.warn(error);
    throw new StreamUnavailable(error);
  }
}
