import type { EventDetail, LoggedEvent } from '../logged-event.js';

/** An event with its subject, or a bookmark, which has only a cursor. */
export interface WatchedEvent<Subject> {
  readonly cursor: string;
  /** The time of the event, or at which the bookmark was made. */
  readonly occurredAt: Date;
  /** Null for a bookmark. */
  readonly kind: string | null;
  readonly detail: EventDetail | null;
  /** The subject as it was when it was loaded. Null for a bookmark. */
  readonly subject: Subject | null;
}

/** A numbered event. `event` is null for another kind, and if the subject was deleted. */
export interface StreamEntry<Subject> {
  readonly seq: number;
  readonly event: (WatchedEvent<Subject> & { readonly subject: Subject }) | null;
}

/** Returns the subjects with these ids. */
export type Load<Subject> = (ids: readonly string[]) => Promise<ReadonlyMap<string, Subject>>;

/** Loads the subjects of events with one query. An event whose subject no longer exists is skipped. */
export async function withSubjects<Subject>(
  events: readonly LoggedEvent[],
  load: Load<Subject>,
  cursorOf: (seq: number) => string,
): Promise<StreamEntry<Subject>[]> {
  if (events.length === 0) return [];
  const subjects = await load([...new Set(events.map(({ subjectId }) => subjectId))]);
  return events.map(({ seq, kind, occurredAt, detail, subjectId }) => {
    const subject = subjects.get(subjectId);
    if (subject === undefined) return { seq, event: null };
    return { seq, event: { cursor: cursorOf(seq), occurredAt, kind, detail, subject } };
  });
}
