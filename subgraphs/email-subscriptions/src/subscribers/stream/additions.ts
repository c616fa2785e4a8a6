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

/** How much of the log one statement of a replay looks through: a filter may let through nothing of it. */
const STRETCH = 5_000;

/** What to read of the log next: at most `limit` events after a position, up to a number, that pass a filter. */
export interface ReplayRequest {
  readonly from: StreamPosition;
  readonly through: number;
  readonly filter: SubscriberFilter;
  readonly limit: number;
}

/** A part of a replay: what passes the filter, and how far in the log that reaches. */
export interface ReplayPage {
  readonly entries: readonly StreamEntry[];
  readonly reached: number;
}

/** Additions as the log has them, with their subscribers as they are now, loaded in one query for each batch. */
@Injectable()
export class Additions {
  constructor(
    private readonly log: EventLog,
    private readonly directory: SubscriberDirectory,
    private readonly cursors: StreamCursors,
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
  ) {}

  /** Everything in the log after a number, at most `limit`; an entry for each event, so that none is missing. */
  async readAfter(seq: number, limit: number): Promise<{ state: LogState; entries: StreamEntry[] }> {
    const { state, events } = await this.log.readAfter(seq, limit);
    return { state, entries: await this.withSubscribers(state.epoch, events) };
  }

  /** @throws CursorExpired when not everything after the position is kept any more */
  async replay({ from: { epoch, seq }, through, filter, limit }: ReplayRequest): Promise<ReplayPage> {
    const end = Math.min(through, seq + STRETCH);
    const passes = this.subscribers.createQueryBuilder('s').select('1').where('s.id = l.subject_id');
    whereMatches(passes, filter);
    // OFFSET 0 keeps Postgres from turning this into a join, which it plans badly while it knows little of a new log:
    // one look into the primary key for each event, and no more of them than a page takes.
    const rows: { seq: string; type: string; subject: string; occurred: Date }[] =
      await this.subscribers.manager
        .createQueryBuilder(EventLogEntity, 'l')
        .select(['l.seq AS seq', 'l.type AS type', 'l.subjectId AS subject', 'l.occurredAt AS occurred'])
        .where('l.seq > :seq AND l.seq <= :end AND l.type = :type', { seq, end, type: TYPE })
        .andWhere(`EXISTS (${passes.getQuery()} OFFSET 0)`, passes.getParameters())
        .orderBy('l.seq')
        .limit(limit)
        .getRawMany();

    // Asked afterwards: what was not trimmed by now was there to be read.
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

  /** @throws CursorExpired when not everything after the position is kept any more */
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
