import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The types of events in the log. */
export type EventType = 'subscriber.added';

/** A numbered event. It has only the id of its subject, which readers load with their own rights. */
export interface LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly subjectId: string;
  readonly occurredAt: Date;
}

/** The log has the events after `trimmedSeq`, up to and including `lastSeq`, without gaps. */
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

/** Reads numbered events. When an event is visible, all earlier events are visible as well. */
@Injectable()
export class EventLog {
  constructor(private readonly dataSource: DataSource) {}

  /** Returns at most `limit` events after a number, and the state of the log in the same snapshot. */
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

  /** The age of the oldest event without a number, in milliseconds; 0 without one. */
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
