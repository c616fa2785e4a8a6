/** More data of an event: ids and enumerations only, never personal data. */
export type EventDetail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** A numbered event. It has only the id of its subject, which readers load with their own rights. */
export interface LoggedEvent {
  /** Dense: the number of the event before, plus one. */
  readonly seq: number;
  /** The kind of the event, such as `note.added`. */
  readonly kind: string;
  readonly subjectId: string;
  readonly occurredAt: Date;
  readonly detail: EventDetail | null;
}

/** The columns of an event in `event_log`, as Postgres returns them. */
export interface EventRow {
  readonly seq: string;
  readonly type: string;
  readonly subject_id: string;
  readonly occurred_at: Date;
  readonly detail: EventDetail | null;
}

export function toEvent(row: EventRow): LoggedEvent {
  return {
    seq: Number(row.seq),
    kind: row.type,
    subjectId: row.subject_id,
    occurredAt: row.occurred_at,
    detail: row.detail,
  };
}
