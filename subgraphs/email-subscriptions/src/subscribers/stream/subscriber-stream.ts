import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../../core.module.js';
import { EventLog } from '../../event-log/event-log.js';
import { InvalidCursor } from '../../pagination/cursor-codec.js';
import type { SubscriberFilter } from '../list/subscriber-filter.js';
import { Additions } from './additions.js';
import { CursorExpired, StreamCursors, type StreamPosition } from './stream-cursor.js';
import { SubscriberWatch } from './subscriber-watch.js';
import { Tail } from './tail.js';
import { Turnstile } from './turnstile.js';

const SILENCE_MS = 15_000;

/** How many watchers may read pages of the log at once; queries need database connections too. */
const REPLAYS_AT_ONCE = 3;

/** The stream of additions: where it stands, and watches of it. */
@Injectable()
export class SubscriberStream implements BeforeApplicationShutdown {
  private readonly replays = new Turnstile(REPLAYS_AT_ONCE);

  constructor(
    private readonly log: EventLog,
    private readonly tail: Tail,
    private readonly additions: Additions,
    private readonly cursors: StreamCursors,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

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
   */
  async watch(filter: SubscriberFilter, after: string | null, bookmarks: boolean): Promise<SubscriberWatch> {
    const from = after === null ? null : await this.locate(after);
    const watch = new SubscriberWatch(
      { filter, after: from, bookmarks, silenceMs: SILENCE_MS },
      {
        tail: this.tail,
        replay: (position, through, by, limit) =>
          this.replays.pass(() => this.additions.replay(position, through, by, limit)),
        encode: (position) => this.cursors.encode(position),
        onTrouble: (error) => this.logger.warn({ err: error }, 'a replay could not go on'),
      },
      () => this.logger.info({ watchers: this.tail.watchers }, 'a watcher left'),
    );
    this.logger.info({ watchers: this.tail.watchers }, 'a watcher came');
    return watch;
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
    if (this.isAhead(position)) throw new Error('the event log cannot be read now');
  }
}
