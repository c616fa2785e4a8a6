import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What can happen, as the log names it. */
export type EventType = 'subscriber.added';

/** A numbered event. It names its subject, which readers load under their own rights. */
export interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly subjectId: string;
  readonly occurredAt: Date;
}

/** What the log holds: the events from `trimmedSeq` (not kept any more) to `lastSeq` (the newest), without gaps. */
export interface LogState {
  readonly epoch: string;
  readonly lastSeq: number;
  readonly trimmedSeq: number;
}

interface Row {
  readonly epoch: string;
  readonly last_seq: string;
  readonly trimmed_seq: string;
  readonly seq: string | null;
  readonly type: string;
  readonly subject_id: string;
  readonly occurred_at: Date;
}

/** The numbered events, for reading. Whoever sees an event finds every earlier one that is kept. */
@Injectable()
export class EventLog {
  constructor(private readonly dataSource: DataSource) {}

  /** The next events after a number, at most `limit`, and the log as it was when they were read. */
  async readAfter(seq: number, limit: number): Promise<{ state: LogState; events: LoggedEvent[] }> {
    const rows: Row[] = await this.dataSource.query(
      `SELECT s.epoch, s.last_seq, s.trimmed_seq, e.seq, e.type, e.subject_id, e.occurred_at
       FROM event_log_state s LEFT JOIN LATERAL (
         SELECT seq, type, subject_id, occurred_at FROM event_log WHERE seq > $1 ORDER BY seq LIMIT $2
       ) e ON true
       ORDER BY e.seq`,
      [seq, limit],
    );
    return {
      state: toState(rows[0]!),
      events: rows
        .filter((row) => row.seq !== null)
        .map((row) => ({
          seq: Number(row.seq),
          type: row.type,
          subjectId: row.subject_id,
          occurredAt: row.occurred_at,
        })),
    };
  }

  async state(): Promise<LogState> {
    const rows: Row[] = await this.dataSource.query(
      'SELECT epoch, last_seq, trimmed_seq FROM event_log_state',
    );
    return toState(rows[0]!);
  }

  /** For how long the oldest event that waits for its number has waited, in milliseconds. */
  async lagMs(): Promise<number> {
    const rows: { lag: string }[] = await this.dataSource.query(
      `SELECT greatest(0, round(extract(epoch FROM now() - occurred_at) * 1000)) AS lag
       FROM outbox ORDER BY id LIMIT 1`,
    );
    return Number(rows[0]?.lag ?? 0);
  }
}

function toState({ epoch, last_seq, trimmed_seq }: Row): LogState {
  return { epoch, lastSeq: Number(last_seq), trimmedSeq: Number(trimmed_seq) };
}
