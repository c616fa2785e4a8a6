import { toEvent, type EventRow, type LoggedEvent } from '../logged-event.js';

/** Runs statements: a data source, or the manager of a transaction. */
export interface Database {
  query<Rows>(sql: string, parameters?: unknown[]): Promise<Rows>;
}

/** The log has the events after `trimmedSeq`, up to and including `lastSeq`, without gaps. */
export interface LogState {
  readonly epoch: string;
  readonly lastSeq: number;
  readonly trimmedSeq: number;
}

/** How many events one statement scans, since possibly none of them is of the requested kinds. */
export const SCAN_SIZE = 5_000;

/** Selects at most `limit` events after a number. */
export interface EventSelection {
  readonly after: number;
  readonly limit: number;
}

/** A page of events of some kinds, and the state of the log in the same snapshot. */
export interface EventPage {
  readonly state: LogState;
  readonly events: LoggedEvent[];
  /** The number up to which the log was read. */
  readonly reached: number;
  /** Returns the event at the number before the page or at its end, of any kind, or null if the log has none there. */
  readonly eventAt: (seq: number) => LoggedEvent | null;
}

interface StateRow {
  readonly epoch: string;
  readonly last_seq: string;
  readonly trimmed_seq: string;
}

type Row = StateRow & (EventRow | { readonly seq: null });

/** Reads numbered events. When an event is visible, all earlier events are visible as well. */
export class LogReader {
  constructor(private readonly database: Database) {}

  /** Returns events after a number, and the state of the log in the same snapshot. */
  read({ after, limit }: EventSelection): Promise<{ state: LogState; events: LoggedEvent[] }> {
    return this.select('seq > $1 ORDER BY seq LIMIT $2', [after, limit]);
  }

  /** Returns events of some kinds after a number. It may return fewer than `limit` before the end of the log. */
  async page({ after, limit, kinds }: EventSelection & { kinds: readonly string[] }): Promise<EventPage> {
    const through = after + Math.max(limit, SCAN_SIZE);
    // Also the events at both ends of the page, of any kind.
    const { state, events: found } = await this.select(
      'seq >= $1 AND seq <= $3 AND (type = ANY ($4) OR seq IN ($1, $3, s.last_seq)) ORDER BY seq LIMIT $2',
      [after, limit + 2, through, kinds],
    );
    const events = found.filter(({ seq, kind }) => seq > after && kinds.includes(kind)).slice(0, limit);
    const reached = events.length < limit ? Math.min(through, state.lastSeq) : events.at(-1)!.seq;
    return { state, events, reached, eventAt: (at) => found.find(({ seq }) => seq === at) ?? null };
  }

  /** Returns the state of the log and its newest event, or null if that was deleted or never existed. */
  async end(): Promise<{ state: LogState; last: LoggedEvent | null }> {
    const { state, events } = await this.select('seq = s.last_seq', []);
    return { state, last: events[0] ?? null };
  }

  async state(): Promise<LogState> {
    const rows = await this.database.query<StateRow[]>(
      'SELECT epoch, last_seq, trimmed_seq FROM event_log_state',
    );
    return toState(rows[0]!);
  }

  /** The age of the oldest live event without a number, in milliseconds; 0 without one. */
  async lagMs(): Promise<number> {
    const rows = await this.database.query<{ lag: string }[]>(
      `SELECT greatest(0, round(extract(epoch FROM now() - occurred_at) * 1000)) AS lag
       FROM outbox ORDER BY id LIMIT 1`,
    );
    return Number(rows[0]?.lag ?? 0);
  }

  /** The number of bulk events without a number. */
  async waitingBulkEvents(): Promise<number> {
    const rows = await this.database.query<{ events: string | null }[]>(
      'SELECT sum(cardinality(subject_ids)) AS events FROM outbox_bulk',
    );
    return Number(rows[0]!.events);
  }

  private async select(
    which: string,
    parameters: unknown[],
  ): Promise<{ state: LogState; events: LoggedEvent[] }> {
    const rows = await this.database.query<Row[]>(
      `SELECT s.epoch, s.last_seq, s.trimmed_seq, e.seq, e.type, e.subject_id, e.occurred_at, e.detail
       FROM event_log_state s LEFT JOIN LATERAL (
         SELECT seq, type, subject_id, occurred_at, detail FROM event_log WHERE ${which}
       ) e ON true
       ORDER BY e.seq`,
      parameters,
    );
    return {
      state: toState(rows[0]!),
      events: rows.filter((row) => row.seq !== null).map(toEvent),
    };
  }
}

function toState({ epoch, last_seq, trimmed_seq }: StateRow): LogState {
  return { epoch, lastSeq: Number(last_seq), trimmedSeq: Number(trimmed_seq) };
}
