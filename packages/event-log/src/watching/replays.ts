import type { DataSource, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { toEvent, type EventRow, type LoggedEvent } from '../logged-event.js';
import { CursorExpired, type LogPosition } from '../reading/log-cursors.js';
import { LogReader, SCAN_SIZE } from '../reading/log-reader.js';
import { EventLogEntity } from '../tables/event-log.entity.js';

/**
 * Makes a query for the subjects that match a filter. Their id is the column `id`, without a selection and an
 * order.
 */
export type Matching = () => SelectQueryBuilder<ObjectLiteral>;

/** Requests at most `limit` events after the position `from` up to and including `through`. */
export interface ReplayRequest {
  readonly from: LogPosition;
  readonly through: number;
  readonly kinds: readonly string[];
  /** By default events of all subjects, deleted ones too. */
  readonly matching?: Matching | undefined;
  readonly limit: number;
}

/** A page of a replay: the selected events, and the number up to which the log was read. */
export interface ReplayedEvents {
  readonly events: readonly LoggedEvent[];
  readonly reached: number;
}

/** Reads pages of the log that the tail no longer has in memory. */
export class Replays {
  private readonly log: LogReader;

  constructor(private readonly dataSource: DataSource) {
    this.log = new LogReader(dataSource);
  }

  /** @throws CursorExpired if events after the position were deleted */
  async read({ from, through, kinds, matching, limit }: ReplayRequest): Promise<ReplayedEvents> {
    const end = Math.min(through, from.seq + SCAN_SIZE);
    const query = this.dataSource.manager
      .createQueryBuilder(EventLogEntity, 'l')
      .select(['l.seq AS seq', 'l.type AS type', 'l.subject_id AS subject_id'])
      .addSelect(['l.occurred_at AS occurred_at', 'l.detail AS detail'])
      .where('l.seq > :logFrom AND l.seq <= :logEnd', { logFrom: from.seq, logEnd: end })
      .andWhere('l.type = ANY (:logKinds)', { logKinds: kinds })
      .orderBy('l.seq')
      .limit(limit);
    if (matching) {
      // OFFSET 0 prevents a join, which Postgres plans badly while it has no statistics of a new log. This way it does one
      // lookup by primary key for each event, and stops at the end of the page.
      const subjects = matching();
      subjects.select('1').andWhere(`${subjects.alias}.id = l.subject_id`);
      query.andWhere(`EXISTS (${subjects.getQuery()} OFFSET 0)`, subjects.getParameters());
    }
    const rows = await query.getRawMany<EventRow>();

    // Checked afterwards: events that are not deleted by now were there when the page was read.
    await this.requireKept(from);

    return { events: rows.map(toEvent), reached: rows.length < limit ? end : Number(rows.at(-1)?.seq) };
  }

  /** @throws CursorExpired if events after the position were deleted */
  async requireKept({ epoch, seq }: LogPosition): Promise<void> {
    const state = await this.log.state();
    if (state.epoch !== epoch || seq < state.trimmedSeq) throw new CursorExpired();
  }
}
