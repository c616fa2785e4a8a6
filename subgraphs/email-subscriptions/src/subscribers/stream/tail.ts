import type { Logger } from 'pino';
import type { WakeUps } from '../../event-log/wake-ups.js';
import type { Additions } from './additions.js';
import type { StreamPosition } from './stream-cursor.js';
import type { StreamEntry } from './subscriber-added.js';

/** How many events are read at once. */
const BATCH = 500;

/** What the tail keeps in memory for those who follow: the newest events, and not for long, since rows may change. */
export interface TailWindow {
  readonly events: number;
  readonly ageMs: number;
}

export const TAIL_WINDOW: TailWindow = { events: 1_000, ageMs: 60_000 };

/** How often the log is looked at although nobody said that it grew. */
const POLL_MS = 1_000;

/**
 * The end of the log as this process knows it: each new event is read once, with its subscriber, whatever the number
 * of watchers. They are told that it grew, and take what they want of the newest events at a pace of their own.
 */
export class Tail {
  private epoch = '';
  private head = 0;
  private window: { readonly entry: StreamEntry; readonly readAt: number }[] = [];
  private readonly followers = new Set<() => void>();
  private reading: Promise<void> | undefined;
  private again = false;
  private poll: NodeJS.Timeout | undefined;
  private troubled = false;

  constructor(
    private readonly additions: Additions,
    wakeUps: WakeUps,
    private readonly logger: Logger,
    private readonly kept: TailWindow,
  ) {
    wakeUps.listen('event_log', () => void this.wake());
  }

  /** Takes the log's end as it is now for the place to start from. */
  async start(): Promise<void> {
    const { state } = await this.additions.readAfter(0, 0);
    this.restart(state.epoch, state.lastSeq);
    this.poll = setInterval(() => void this.wake(), POLL_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.poll);
    this.poll = undefined;
    await this.reading;
  }

  /** Where the log ends. Every event up to here can be read. */
  get position(): StreamPosition {
    return { epoch: this.epoch, seq: this.head };
  }

  /** How many watch now. */
  get watchers(): number {
    return this.followers.size;
  }

  /** Has `look` called each time the log has grown, until the function that it returns is called. */
  follow(look: () => void): () => void {
    this.followers.add(look);
    return () => this.followers.delete(look);
  }

  /** The event after a number: `behind` when it is no longer in memory, null when there is none yet. */
  after(seq: number): StreamEntry | 'behind' | null {
    if (seq >= this.head) return null;
    const first = this.window[0]?.entry.seq ?? this.head + 1;
    return seq + 1 < first ? 'behind' : this.window[seq + 1 - first]!.entry;
  }

  /**
   * Has the log looked at. Returns when its end is known as it was at the time of the call, or newer; also when it
   * cannot be read, and is looked at again a little later.
   */
  async wake(): Promise<void> {
    if (!this.poll) return;
    this.again = true;
    this.reading ??= this.readOn().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async readOn(): Promise<void> {
    try {
      while (this.again) {
        this.again = false;
        await this.readBatch();
      }
      this.troubled = false;
    } catch (error) {
      if (!this.troubled) this.logger.warn({ err: error }, 'the event log cannot be read');
      this.troubled = true;
    }
  }

  private async readBatch(): Promise<void> {
    const { epoch, head } = this;
    const { state, entries } = await this.additions.readAfter(head, BATCH);
    const firstSeq = entries[0]?.seq ?? state.lastSeq + 1;
    if (state.epoch !== epoch) {
      this.restart(state.epoch, state.lastSeq);
      this.logger.info({ epoch: state.epoch }, 'the event log has a new epoch');
    } else if (state.lastSeq < head) {
      this.restart(epoch, state.lastSeq);
      this.logger.error('the event log has lost events: was a backup restored? Start a new epoch');
    } else {
      // What came next was trimmed before we saw it; those who wait for it are told when they look for it.
      if (firstSeq !== head + 1) this.restart(epoch, firstSeq - 1);
      this.append(entries);
    }
    if (entries.length === BATCH) this.again = true;
    if (this.epoch !== epoch || this.head !== head) for (const look of this.followers) look();
  }

  private restart(epoch: string, seq: number): void {
    this.epoch = epoch;
    this.head = seq;
    this.window = [];
  }

  private append(entries: readonly StreamEntry[]): void {
    const now = performance.now();
    for (const entry of entries) this.window.push({ entry, readAt: now });
    this.head = entries.at(-1)?.seq ?? this.head;
    const young = this.window.findIndex(({ readAt }) => now - readAt <= this.kept.ageMs);
    const old = young === -1 ? this.window.length : young;
    this.window.splice(0, Math.max(old, this.window.length - this.kept.events));
  }
}
