import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { EventLog, type EventType, type LoggedEvent, type LogState } from '../../event-log/event-log.js';
import { EventLogEntity } from '../../event-log/event-log.entity.js';
import { whereMatches, type SubscriberFilter } from '../list/subscriber-filter.js';
import { SubscriberDirectory } from '../subscriber-directory.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { CursorExpired, StreamCursors, type StreamPosition } from './stream-cursor.js';
import type { StreamEntry } from './subscriber-added.js';

const TYPE: EventType = 'subscriber.added';

/** How many events one statement of a replay scans at most, since possibly none of them matches the filter. */
const SCAN_SIZE = 5_000;

/** Requests at most `limit` events that match a filter, after the position `from` up to and including `through`. */
export interface ReplayRequest {
  readonly from: StreamPosition;
  readonly through: number;
  readonly filter: SubscriberFilter;
  readonly limit: number;
}

/** A page of a replay: the matching events, and the number up to which the log was read. */
export interface ReplayPage {
  readonly entries: readonly StreamEntry[];
  readonly reached: number;
}

/** Reads additions from the log, with their subscribers as they are now. Each batch loads them with one query. */
@Injectable()
export class Additions {
  constructor(
    private readonly log: EventLog,
    private readonly directory: SubscriberDirectory,
    private readonly cursors: StreamCursors,
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
  ) {}

  /** Returns at most `limit` events after a number: an entry for every event, also of other types. */
  async readAfter(seq: number, limit: number): Promise<{ state: LogState; entries: StreamEntry[] }> {
    const { state, events } = await this.log.readAfter(seq, limit);
    return { state, entries: await this.withSubscribers(state.epoch, events) };
  }

  /** @throws CursorExpired if events after the position were deleted */
  async replay({ from: { epoch, seq }, through, filter, limit }: ReplayRequest): Promise<ReplayPage> {
    const end = Math.min(through, seq + SCAN_SIZE);
    const matching = this.subscribers.createQueryBuilder('s').select('1').where('s.id = l.subject_id');
    whereMatches(matching, filter);
    // OFFSET 0 prevents a join, which Postgres plans badly while it has no statistics of a new log. This way it does one
    // lookup by primary key for each event, and stops at the end of the page.
    const rows: { seq: string; type: string; subject: string; occurred: Date }[] =
      await this.subscribers.manager
        .createQueryBuilder(EventLogEntity, 'l')
        .select(['l.seq AS seq', 'l.type AS type', 'l.subjectId AS subject', 'l.occurredAt AS occurred'])
        .where('l.seq > :seq AND l.seq <= :end AND l.type = :type', { seq, end, type: TYPE })
        .andWhere(`EXISTS (${matching.getQuery()} OFFSET 0)`, matching.getParameters())
        .orderBy('l.seq')
        .limit(limit)
        .getRawMany();

    // Checked afterwards: events that are not deleted by now were there when the page was read.
    await this.requireKept({ epoch, seq });

    const events = rows.map((row) => ({
      seq: Number(row.seq),
      type: row.type,
      subjectId: row.subject,
      occurredAt: row.occurred,
    }));
    const reached = rows.length < limit ? end : Number(rows.at(-1)?.seq);
    return { entries: await this.withSubscribers(epoch, events), reached };
  }

  /** @throws CursorExpired if events after the position were deleted */
  async requireKept({ epoch, seq }: StreamPosition): Promise<void> {
    const state = await this.log.state();
    if (state.epoch !== epoch || seq < state.trimmedSeq) throw new CursorExpired();
  }

  private async withSubscribers(epoch: string, events: readonly LoggedEvent[]): Promise<StreamEntry[]> {
    const ids = events.filter(({ type }) => type === TYPE).map(({ subjectId }) => subjectId);
    const subscribers = ids.length > 0 ? await this.directory.byIds(ids) : [];
    const byId = new Map(ids.map((id, index) => [id, subscribers[index] ?? null]));
    return events.map(({ seq, type, subjectId, occurredAt }) => {
      const subscriber = type === TYPE && byId.get(subjectId);
      if (!subscriber) return { seq, event: null };
      return { seq, event: { cursor: this.cursors.encode({ epoch, seq }), occurredAt, subscriber } };
    });
  }
}
