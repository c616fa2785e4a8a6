import type { LogCursors, LogPosition } from '../reading/log-cursors.js';
import type { LoadedTail } from './loaded-tail.js';
import type { Matching } from './replays.js';
import type { StreamEntry, WatchedEvent } from './watched-event.js';

/** A page of a replay: the selected events, and the number up to which the log was read. */
export interface ReplayPage<Subject> {
  readonly entries: readonly StreamEntry<Subject>[];
  readonly reached: number;
}

/** Requests at most `limit` events after the position `from` up to and including `through`. */
export interface PageRequest {
  readonly from: LogPosition;
  readonly through: number;
  /** By default all kinds of the stream. */
  readonly kinds: readonly string[] | undefined;
  readonly matching: Matching | undefined;
  readonly limit: number;
}

export interface WatchRequest<Subject> {
  /** Whether to send an event. */
  readonly filter: (subject: Subject, event: WatchedEvent<Subject>) => boolean;
  /** The kinds of events to send, of those of the stream. By default all. */
  readonly kinds?: readonly string[] | undefined;
  /** The subjects that `filter` may accept, for replays. */
  readonly matching?: Matching | undefined;
  /** The position to start after; null is the end of the log. */
  readonly after: LogPosition | null;
  readonly bookmarks: boolean;
  /** The time without an event after which a bookmark is sent, in milliseconds. */
  readonly silenceMs: number;
  /** How long a page may be used after it was read, in milliseconds. */
  readonly pageAgeMs: number;
}

/** The dependencies of a watch. */
export interface WatchSources<Subject> {
  readonly tail: LoadedTail<Subject>;
  /**
   * Reads a page of missed events.
   * @returns null if `isWanted` is false when the request's turn comes
   * @throws CursorExpired
   */
  replay(request: PageRequest, isWanted: () => boolean): Promise<ReplayPage<Subject> | null>;
  readonly cursors: Pick<LogCursors, 'encode'>;
  /** Called when events cannot be read or loaded, which is then retried. */
  onReadError(error: unknown): void;
}
