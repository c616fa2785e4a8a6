import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DomainError } from '@supergraph/service/domain-error';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOGGER } from '../../core.module.js';
import { EventLog } from '../../event-log/event-log.js';
import { InvalidCursor } from '@supergraph/service/pagination/cursor-codec';
import { Semaphore } from '@supergraph/service/semaphore';
import type { SubscriberFilter } from '../list/subscriber-filter.js';
import { Additions, type ReplayPage, type ReplayRequest } from './additions.js';
import { CursorExpired, StreamCursors, StreamUnavailable, type StreamPosition } from './stream-cursor.js';
import { SubscriberWatch } from './subscriber-watch.js';
import { Tail, TAIL_SETTINGS } from './tail.js';

const SILENCE_MS = 15_000;

/** What of the database connections replays may take: queries need some, too. */
const SHARE_OF_REPLAYS = 1 / 3;

/** The stream of additions: where it stands, and watches of it. */
@Injectable()
export class SubscriberStream implements BeforeApplicationShutdown {
  private readonly replays: Semaphore;
  private troubled = false;

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

  /** To be called once, when the database is open. */
  start(): Promise<void> {
    return this.tail.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.tail.stop();
  }

  /** Where the stream stands, or stood a moment ago: every later addition comes after it. */
  current(): string {
    return this.cursors.encode(this.tail.position);
  }

  /**
   * Every addition after a cursor that passes the filter, in order, and then those that happen; only the latter
   * without a cursor.
   * @throws InvalidCursor when the cursor is forged, of another stream, or from the future
   * @throws CursorExpired when the log no longer has everything after it
   * @throws StreamUnavailable when the database would have to be asked, and does not answer
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
        onTrouble: (error) => this.warn(error),
      },
      () => this.logger.info({ watchers: this.tail.watchers }, 'a watcher left'),
    );
    this.logger.info({ watchers: this.tail.watchers }, 'a watcher came');
    return watch;
  }

  private async replay(request: ReplayRequest): Promise<ReplayPage> {
    const page = await this.additions.replay(request);
    this.troubled = false;
    return page;
  }

  /** Once for each outage, however many watchers try again. */
  private warn(error: unknown): void {
    if (!this.troubled) this.logger.warn({ err: error }, 'what watchers have missed cannot be read');
    this.troubled = true;
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

  /** Another replica may have read further than this one; and only the database knows what there is. */
  private async catchUpWith(position: StreamPosition): Promise<void> {
    const { epoch, lastSeq } = await this.log.state();
    if (position.epoch !== epoch) throw new CursorExpired();
    if (position.seq > lastSeq) {
      this.logger.error(
        'a cursor of ours lies beyond the end of the log: was a backup restored? Start a new epoch',
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
