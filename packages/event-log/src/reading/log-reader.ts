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

/** Selects events after a number. */
export interface EventSelection {
  readonly after: number;
  /** By default all kinds. */
  readonly kinds?: readonly string[];
  /** How many events are returned at most. */
  readonly limit: number;
  /** The last number to search, since possibly none of many events is of these kinds. By default the end of the log. */
  readonly through?: number;
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
  async read({
    after,
    kinds,
    limit,
    through = Number.MAX_SAFE_INTEGER,
  }: EventSelection): Promise<{ state: LogState; events: LoggedEvent[] }> {
    const rows = await this.database.query<Row[]>(
      `SELECT s.epoch, s.last_seq, s.trimmed_seq, e.seq, e.type, e.subject_id, e.occurred_at, e.detail
       FROM event_log_state s LEFT JOIN LATERAL (
         SELECT seq, type, subject_id, occurred_at, detail FROM event_log
         WHERE seq > $1 AND seq <= $3 ${kinds ? 'AND type = ANY ($4)' : ''} ORDER BY seq LIMIT $2
       ) e ON true
       ORDER BY e.seq`,
      [after, limit, through, ...(kinds ? [kinds] : [])],
    );
    return {
      state: toState(rows[0]!),
      events: rows.filter((row) => row.seq !== null).map(toEvent),
    };
  }

  async state(): Promise<LogState> {
    const rows = await this.database.query<StateRow[]>(
      'SELECT epoch, last_seq, trimmed_seq FROM event_log_state',
    );
    return toState(rows[0]!);
  }

  /** The age of the oldest event without a number, in milliseconds; 0 without one. */
  async lagMs(): Promise<number> {
    const rows = await this.database.query<{ lag: string }[]>(
      `SELECT greatest(0, round(extract(epoch FROM now() - occurred_at) * 1000)) AS lag
       FROM outbox ORDER BY id LIMIT 1`,
    );
    return Number(rows[0]?.lag ?? 0);
  }
}

function toState({ epoch, last_seq, trimmed_seq }: StateRow): LogState {
  return { epoch, lastSeq: Number(last_seq), trimmedSeq: Number(trimmed_seq) };
}
