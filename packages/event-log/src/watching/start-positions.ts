import { DomainError, InvalidCursor } from '@kit/service';
import type { Logger } from 'pino';
import { CursorExpired, LogUnavailable, type LogCursors, type LogPosition } from '../reading/log-cursors.js';
import type { LogReader } from '../reading/log-reader.js';
import type { OutageLog } from './outage-log.js';
import type { Replays } from './replays.js';
import type { Tail } from './tail.js';

/** Finds the positions of clients' cursors, which another replica may have made. */
export class StartPositions {
  constructor(
    private readonly log: LogReader,
    private readonly tail: Tail,
    private readonly replays: Replays,
    private readonly cursors: LogCursors,
    private readonly outage: OutageLog,
    private readonly logger: Logger,
  ) {}

  /**
   * @throws InvalidCursor if the cursor is forged, of another log or from the future
   * @throws CursorExpired if events after the cursor were deleted
   * @throws LogUnavailable if the database is needed and does not respond
   */
  async locate(cursor: string): Promise<LogPosition> {
    try {
      const position = this.cursors.decode(cursor);
      if (this.isAhead(position)) await this.catchUpWith(position);
      else if (this.tail.after(position.seq) === 'behind') await this.replays.requireKept(position);
      return position;
    } catch (error) {
      if (error instanceof DomainError) throw error;
      this.outage.failed(error);
      throw new LogUnavailable(error);
    }
  }

  private isAhead({ epoch, seq }: LogPosition): boolean {
    const end = this.tail.position;
    return epoch !== end.epoch || seq > end.seq;
  }

  /** Another replica may have read further than this one, so only the database can tell. */
  private async catchUpWith(position: LogPosition): Promise<void> {
    const { epoch, lastSeq } = await this.log.state();
    if (position.epoch !== epoch) throw new CursorExpired();
    if (position.seq > lastSeq) {
      this.logger.error(
        'a valid cursor is beyond the end of the log: was a backup restored? Start a new epoch',
      );
      throw new InvalidCursor();
    }
    await this.tail.wake();
    if (this.isAhead(position)) throw new LogUnavailable();
  }
}
