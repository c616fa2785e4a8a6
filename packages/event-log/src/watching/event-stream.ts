import type { Semaphore } from '@kit/service';
import type { Logger } from 'pino';
import type { LogCursors } from '../reading/log-cursors.js';
import { LoadedTail } from './loaded-tail.js';
import type { OutageLog } from './outage-log.js';
import type { Replays } from './replays.js';
import type { StartPositions } from './start-positions.js';
import type { Tail } from './tail.js';
import type { PageRequest, ReplayPage, WatchRequest } from './watch-request.js';
import { Watch } from './watch.js';
import { withSubjects, type Load } from './watched-event.js';

const SILENCE_MS = 15_000;

/** How long a loaded subject may be used. */
const AGE_MS = 60_000;

export interface StreamOptions<Subject> {
  /** The kinds of events that it sends. */
  readonly kinds: readonly string[];
  /**
   * Returns the subjects with these ids, of a batch of events, with one query. An event whose subject is missing is
   * skipped.
   */
  readonly load: Load<Subject>;
}

export type WatchOptions<Subject> = Partial<Pick<WatchRequest<Subject>, 'filter' | 'kinds' | 'matching'>> & {
  /** The cursor to resume after. By default only new events are sent. */
  readonly after?: string | null | undefined;
  /**
   * Whether to send bookmarks: one at the start, one at the end of a replay, and one after every 15 seconds without an
   * event.
   */
  readonly bookmarks?: boolean | null | undefined;
};

/** The parts of an event log that its streams share. */
export interface StreamSources {
  readonly tail: Tail;
  readonly replays: Replays;
  readonly positions: StartPositions;
  /** Limits how many replays use the database at the same time. */
  readonly turns: Semaphore;
  readonly outage: OutageLog;
  readonly cursors: LogCursors;
  readonly logger: Logger;
}

/** Events of some kinds with their subjects. All watchers share one load of each new event. */
export class EventStream<Subject> {
  private readonly tail: LoadedTail<Subject>;

  constructor(
    private readonly options: StreamOptions<Subject>,
    private readonly sources: StreamSources,
  ) {
    const { kinds, load } = options;
    const { tail, cursors, outage } = sources;
    this.tail = new LoadedTail(tail, {
      kinds: new Set(kinds),
      load: async (ids) => {
        const subjects = await load(ids);
        outage.succeeded();
        return subjects;
      },
      cursors,
      ageMs: AGE_MS,
    });
  }

  /**
   * Yields the events after a cursor, in order, and then new ones. Without a cursor it yields only new ones.
   * @throws InvalidCursor if the cursor is forged, of another log or from the future
   * @throws CursorExpired if events after the cursor were deleted
   * @throws LogUnavailable if the database is needed and does not respond
   */
  async watch(options: WatchOptions<Subject> = {}): Promise<Watch<Subject>> {
    const { after = null, bookmarks, filter = () => true, kinds, matching } = options;
    const { tail, positions, cursors, logger, outage, turns } = this.sources;
    const from = after === null ? null : await positions.locate(after);
    const watch = new Watch<Subject>(
      {
        filter,
        kinds,
        matching,
        after: from,
        bookmarks: bookmarks ?? false,
        silenceMs: SILENCE_MS,
        pageAgeMs: AGE_MS,
      },
      {
        tail: this.tail,
        replay: (request, isWanted) => turns.run(async () => (isWanted() ? this.replay(request) : null)),
        cursors,
        onReadError: (error) => outage.failed(error),
      },
      () => logger.info({ watchers: tail.watchers }, 'a watcher left'),
    );
    logger.info({ watchers: tail.watchers }, 'a watcher came');
    return watch;
  }

  private async replay(request: PageRequest): Promise<ReplayPage<Subject>> {
    const { load } = this.options;
    const { replays, cursors, outage } = this.sources;
    const { kinds = this.options.kinds } = request;
    const { events, reached } = await replays.read({ ...request, kinds });
    const { epoch } = request.from;
    const entries = await withSubjects(events, load, (seq) => cursors.encode({ epoch, seq }));
    outage.succeeded();
    return { entries, reached };
  }
}
