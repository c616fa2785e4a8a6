import type { Logger } from 'pino';
import type { WakeUps } from '../../event-log/wake-ups.js';
import type { Additions } from './additions.js';
import type { StreamPosition } from './stream-cursor.js';
import type { StreamEntry } from './subscriber-added.js';

/** How many events are read at once. */
const BATCH = 500;

export interface TailSettings {
  /** How many of the newest events are kept in memory for those who follow. */
  readonly events: number;
  /** For how long they may be shown, in milliseconds: people may be erased meanwhile. */
  readonly ageMs: number;
  /** How often the log is looked at although nobody said that it grew, in milliseconds. */
  readonly pollMs: number;
}

export const TAIL_SETTINGS: TailSettings = { events: 1_000, ageMs: 60_000, pollMs: 1_000 };

/** An event in memory, and when it was read. */
interface Kept {
  readonly entry: StreamEntry;
  readonly readAt: number;
}

/**
 * The end of the log as this process knows it: each new event is read once, with its subscriber, whatever the number
 * of watchers. They are told that it grew, and take what they want of the newest events at a pace of their own.
 */
export class Tail {
  private epoch = '';
  private head = 0;
  private window: Kept[] = [];
  private readonly followers = new Set<() => void>();
  private looking: Promise<void> = Promise.resolve();
  private nextLook: Promise<void> | undefined;
  private poll: NodeJS.Timeout | undefined;
  private troubled = false;

  constructor(
    private readonly additions: Additions,
    wakeUps: WakeUps,
    private readonly logger: Logger,
    private readonly settings: TailSettings,
  ) {
    wakeUps.listen('event_log', () => void this.wake());
  }

  /** Takes the log's end as it is now for the place to start from. */
  async start(): Promise<void> {
    const { state } = await this.additions.readAfter(0, 0);
    this.restart(state.epoch, state.lastSeq);
    this.poll = setInterval(() => void this.wake(), this.settings.pollMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.poll);
    this.poll = undefined;
    await (this.nextLook ?? this.looking);
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
    const next = this.window[seq + 1 - first];
    return next && this.isFresh(next) ? next.entry : 'behind';
  }

  /**
   * Has the log looked at. Returns when its end is known as it was at the time of the call, or newer; also when it
   * cannot be read, and is looked at again a little later.
   */
  async wake(): Promise<void> {
    if (!this.poll) return;
    this.nextLook ??= this.look(this.looking);
    await this.nextLook;
  }

  /** Looks once the look under way is over. Those who wake the tail until then share it. */
  private async look(before: Promise<void>): Promise<void> {
    await before;
    this.looking = this.nextLook!;
    this.nextLook = undefined;
    try {
      await this.readOn();
      this.troubled = false;
    } catch (error) {
      if (!this.troubled) this.logger.warn({ err: error }, 'the event log cannot be read');
      this.troubled = true;
    }
  }

  /** Reads to where the log ends when this begins. */
  private async readOn(): Promise<void> {
    let end = Infinity;
    let lastSeq = Infinity;
    do {
      lastSeq = await this.readBatch();
      end = Math.min(end, lastSeq);
    } while (this.head < end);
    if (this.head < lastSeq) void this.wake();
  }

  /** @returns where the log ended when the batch was read */
  private async readBatch(): Promise<number> {
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
    if (this.epoch !== epoch || this.head !== head) for (const look of this.followers) look();
    return state.lastSeq;
  }

  private isFresh({ readAt }: Kept): boolean {
    return performance.now() - readAt <= this.settings.ageMs;
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
    const young = this.window.findIndex((kept) => this.isFresh(kept));
    const old = young === -1 ? this.window.length : young;
    this.window.splice(0, Math.max(old, this.window.length - this.settings.events));
  }
}
