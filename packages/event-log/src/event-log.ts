import { InvalidCursor } from '@kit/service';
import type { EntityManager, ObjectLiteral, QueryBuilder } from 'typeorm';
import type { Consumers } from './consuming/consumers.js';
import type { ConsumerOptions } from './consuming/consumer.js';
import { positionOf } from './consuming/consumer-statements.js';
import type { LoggedEvent } from './logged-event.js';
import { CursorExpired, markOf } from './reading/log-cursors.js';
import type { LogReader } from './reading/log-reader.js';
import { EventStream, type StreamOptions, type StreamSources } from './watching/event-stream.js';
import type { NewEvent, Outbox } from './writing/outbox.js';

/** A page of the log. */
export interface LogPage {
  readonly events: readonly LoggedEvent[];
  /** The position after the page. */
  readonly cursor: string;
  /** Whether the log has more events after the page. */
  readonly hasMore: boolean;
}

/** How far a durable consumer is. */
export interface Consumed {
  /** Its position. A stream that is watched after it sends the events that the consumer has not processed. */
  readonly cursor: string;
  /** Whether it has processed all committed events. */
  readonly isAtEnd: boolean;
}

/** The parts of an event log. */
export interface EventLogParts extends StreamSources {
  readonly outbox: Outbox;
  readonly log: LogReader;
  readonly consumers: Consumers;
}

/** Records events in the transactions of changes, and hands them to watchers, consumers and pollers. */
export class EventLog {
  constructor(private readonly parts: EventLogParts) {}

  /**
   * Records an event of each subject in the transaction of the change, in one statement. It takes no lock and no number,
   * so writers do not wait for each other.
   */
  record(
    manager: EntityManager,
    event: NewEvent & { readonly subjectId: string | readonly string[] },
  ): Promise<void> {
    return this.parts.outbox.record(manager, event);
  }

  /**
   * Records an event of each subject of a bulk job, such as an import, in the transaction of the change, in one statement.
   * The events get their numbers in the order of `subjectIds`, at a bounded rate and only while no live events wait. It
   * writes one row for up to 100 events.
   */
  recordBulk(
    manager: EntityManager,
    event: NewEvent & { readonly subjectIds: readonly string[] },
  ): Promise<void> {
    return this.parts.outbox.recordBulk(manager, event);
  }

  /**
   * Runs an insert, update or delete, and records an event of each of its rows, in one statement.
   * @param change must return the rows' `id`
   * @returns the ids of the rows
   */
  recordEach<Row extends ObjectLiteral>(
    manager: EntityManager,
    change: QueryBuilder<Row>,
    event: NewEvent,
  ): Promise<string[]> {
    return this.parts.outbox.recordEach(manager, change, event);
  }

  /**
   * Declares a stream of events with their subjects, before the log starts. Keep it: its watchers share what it loads.
   *
   * @example
   * this.added = eventLog.stream({ kinds: ['note.added'], load: (ids) => notes.byIds(ids) });
   * // in a resolver
   * return this.added.watch({ after, bookmarks });
   */
  stream<Subject>(options: StreamOptions<Subject>): EventStream<Subject> {
    return new EventStream(options, this.parts);
  }

  /** Declares a durable consumer, which starts with the log. */
  consume(options: ConsumerOptions): void {
    this.parts.consumers.add(options);
  }

  /**
   * How far a durable consumer is, in the snapshot of the caller's transaction. What the consumer has written is of exactly
   * this position if the transaction is REPEATABLE READ.
   * @returns null if the consumer has not started yet
   */
  async consumed(name: string, manager: EntityManager): Promise<Consumed | null> {
    const position = await positionOf(manager, name);
    if (!position) return null;
    const { epoch, seq, isAtEnd } = position;
    return { cursor: this.parts.cursors.encode({ epoch, seq }), isAtEnd };
  }

  /**
   * The cursor of the end of the log now or a moment ago, without a query. All later events come after it. Take it
   * before you read a list, and return it with the list, as the position to watch a stream from.
   * @throws if no stream was declared before the start
   */
  cursor(): string {
    return this.parts.cursors.encode(this.parts.tail.position);
  }

  /** The cursor of the end of the log, read from the database. Events that are committed later come after it. */
  async end(): Promise<string> {
    const { state, last } = await this.parts.log.end();
    return this.parts.cursors.encode({ epoch: state.epoch, seq: state.lastSeq, mark: markOf(last) });
  }

  /**
   * Reads at most `limit` events after a cursor of `end` or of a page, for clients that poll.
   * @throws InvalidCursor if the cursor is forged, of another log or from the future
   * @throws CursorExpired if events after the cursor were deleted, or the event before it was deleted or replaced
   */
  async page(after: string, kinds: readonly string[], limit: number): Promise<LogPage> {
    const { cursors, log } = this.parts;
    const { epoch, seq, mark } = cursors.decode(after);
    if (mark === undefined) throw new InvalidCursor();
    const { state, events, reached, eventAt } = await log.page({ after: seq, kinds, limit });
    if (state.epoch !== epoch || seq < state.trimmedSeq) throw new CursorExpired();
    if (seq > state.lastSeq) throw new InvalidCursor();
    if (mark !== markOf(eventAt(seq))) throw new CursorExpired();
    const cursor = cursors.encode({ epoch, seq: reached, mark: markOf(eventAt(reached)) });
    return { events, cursor, hasMore: reached < state.lastSeq };
  }
}
