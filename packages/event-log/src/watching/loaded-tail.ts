import type { LoggedEvent } from '../logged-event.js';
import type { LogCursors, LogPosition } from '../reading/log-cursors.js';
import type { Tail } from './tail.js';
import { withSubjects, type Load, type StreamEntry } from './watched-event.js';

/** How many events one query loads subjects for. */
const BATCH = 500;

export interface LoadSettings<Subject> {
  readonly kinds: ReadonlySet<string>;
  readonly load: Load<Subject>;
  readonly cursors: Pick<LogCursors, 'encode'>;
  /** How long a loaded subject may be used, in milliseconds, because it may be deleted. */
  readonly ageMs: number;
}

interface Loaded<Subject> {
  readonly entry: StreamEntry<Subject>;
  readonly loadedAt: number;
}

/** The events of the tail with their subjects. All watchers of a stream share one load of each event. */
export class LoadedTail<Subject> {
  /** An event that the tail drops takes its subject along. */
  private readonly loaded = new WeakMap<LoggedEvent, Loaded<Subject>>();
  private loading: Promise<void> | undefined;
  private followers = 0;

  constructor(
    private readonly tail: Tail,
    private readonly settings: LoadSettings<Subject>,
  ) {
    // Before watchers wake, so that they do not all wait for it. One that finds nothing loaded retries and reports it.
    tail.prepare((from) => (this.followers > 0 ? this.load(from).catch(() => {}) : Promise.resolve()));
  }

  get position(): LogPosition {
    return this.tail.position;
  }

  follow(onGrowth: () => void): () => void {
    const unfollow = this.tail.follow(onGrowth);
    this.followers += 1;
    return () => {
      unfollow();
      this.followers -= 1;
    };
  }

  /**
   * Returns the event after a number, `unloaded` if `load` must be called first, `behind` if it is no longer in memory,
   * or null if there is none yet.
   */
  after(seq: number): StreamEntry<Subject> | 'unloaded' | 'behind' | null {
    const event = this.tail.after(seq);
    if (event === null || event === 'behind') return event;
    if (!this.isWanted(event)) return { seq: event.seq, event: null };
    return this.fresh(event) ?? 'unloaded';
  }

  /** Loads subjects of the events after a number, at most a batch. Concurrent calls share one query. */
  load(seq: number): Promise<void> {
    this.loading ??= this.loadBatch(seq).finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async loadBatch(seq: number): Promise<void> {
    const events: LoggedEvent[] = [];
    let event = this.tail.after(seq);
    while (typeof event === 'object' && event !== null && events.length < BATCH) {
      if (this.isWanted(event) && !this.fresh(event)) events.push(event);
      event = this.tail.after(event.seq);
    }
    const loadedAt = performance.now();
    const { load, cursors } = this.settings;
    const { epoch } = this.tail.position;
    const entries = await withSubjects(events, load, (number) => cursors.encode({ epoch, seq: number }));
    for (const [index, entry] of entries.entries()) this.loaded.set(events[index]!, { entry, loadedAt });
  }

  private isWanted({ kind }: LoggedEvent): boolean {
    return this.settings.kinds.has(kind);
  }

  private fresh(event: LoggedEvent): StreamEntry<Subject> | undefined {
    const loaded = this.loaded.get(event);
    return loaded && performance.now() - loaded.loadedAt <= this.settings.ageMs ? loaded.entry : undefined;
  }
}
