import type { Logger } from 'pino';
import type { LoggedEvent } from '../logged-event.js';
import type { LogPosition } from '../reading/log-cursors.js';
import type { LogReader } from '../reading/log-reader.js';
import type { WakeUps } from '../relay/wake-ups.js';

/** How many events one query reads. */
const BATCH = 500;

export interface TailSettings {
  /** How many of the newest events are kept in memory. */
  readonly events: number;
  /** How often the log is polled, in milliseconds. */
  readonly pollMs: number;
}

export const TAIL_SETTINGS: TailSettings = { events: 1_000, pollMs: 1_000 };

/**
 * The newest events of the log, in memory. This process reads each new event once, whatever the number of watchers. The
 * tail notifies them when the log has grown, and they take events at their own pace.
 */
export class Tail {
  private epoch = '';
  private head = 0;
  private window: LoggedEvent[] = [];
  private readonly followers = new Set<() => void>();
  private readonly preparations: ((from: number) => Promise<void>)[] = [];
  private currentRead: Promise<void> = Promise.resolve();
  private nextRead: Promise<void> | undefined;
  private poll: NodeJS.Timeout | undefined;
  private isFailing = false;

  constructor(
    private readonly log: LogReader,
    wakeUps: WakeUps,
    private readonly logger: Logger,
    private readonly settings: TailSettings,
  ) {
    wakeUps.listen('event_log', () => void this.wake());
  }

  /** Starts at the current end of the log. */
  async start(): Promise<void> {
    const { epoch, lastSeq } = await this.log.state();
    this.restart(epoch, lastSeq);
    this.poll = setInterval(() => void this.wake(), this.settings.pollMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.poll);
    this.poll = undefined;
    await (this.nextRead ?? this.currentRead);
  }

  /** Whether anything reads it. */
  get isNeeded(): boolean {
    return this.preparations.length > 0;
  }

  /** The end of the log that this process has read. */
  get position(): LogPosition {
    if (this.epoch === '') throw new Error('declare a stream of the event log before the log starts');
    return { epoch: this.epoch, seq: this.head };
  }

  /** The number of watchers. */
  get watchers(): number {
    return this.followers.size;
  }

  /** Calls `onGrowth` each time the log has grown. @returns a function that stops this */
  follow(onGrowth: () => void): () => void {
    this.followers.add(onGrowth);
    return () => this.followers.delete(onGrowth);
  }

  /** Calls `work` each time the log has grown after a number, and waits for it before followers are notified. */
  prepare(work: (from: number) => Promise<void>): void {
    this.preparations.push(work);
  }

  /** Returns the event after a number, `behind` if it is no longer in memory, or null if there is none yet. */
  after(seq: number): LoggedEvent | 'behind' | null {
    if (seq >= this.head) return null;
    const first = this.window[0]?.seq ?? this.head + 1;
    return this.window[seq + 1 - first] ?? 'behind';
  }

  /**
   * Reads the log. Returns when all events that the log had at the time of the call were read. Also returns when the
   * log cannot be read; the next poll retries then.
   */
  async wake(): Promise<void> {
    if (!this.poll) return;
    this.nextRead ??= this.read(this.currentRead);
    await this.nextRead;
  }

  /** Reads when the current read is over. All calls of `wake` until then share this read. */
  private async read(before: Promise<void>): Promise<void> {
    await before;
    this.currentRead = this.nextRead!;
    this.nextRead = undefined;
    try {
      await this.readToEnd();
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn({ err: error }, 'the event log cannot be read');
      this.isFailing = true;
    }
  }

  /** Reads up to the current end of the log. */
  private async readToEnd(): Promise<void> {
    let end = Infinity;
    let lastSeq = Infinity;
    do {
      lastSeq = await this.readBatch();
      end = Math.min(end, lastSeq);
    } while (this.head < end);
    if (this.head < lastSeq) void this.wake();
  }

  /** @returns the end of the log when the batch was read */
  private async readBatch(): Promise<number> {
    const { epoch, head } = this;
    const { state, events } = await this.log.read({ after: head, limit: BATCH });
    const firstSeq = events[0]?.seq ?? state.lastSeq + 1;
    if (state.epoch !== epoch) {
      this.restart(state.epoch, state.lastSeq);
      this.logger.info({ epoch: state.epoch }, 'the event log has a new epoch');
    } else if (state.lastSeq < head) {
      this.restart(epoch, state.lastSeq);
      this.logger.error('the event log has lost events: was a backup restored? Start a new epoch');
    } else {
      // Events were deleted before this process read them. Watchers that need them notice when they read them.
      if (firstSeq !== head + 1) this.restart(epoch, firstSeq - 1);
      this.append(events);
    }
    if (this.epoch !== epoch || this.head !== head) {
      await Promise.all(this.preparations.map((work) => work(head)));
      for (const onGrowth of this.followers) onGrowth();
    }
    return state.lastSeq;
  }

  private restart(epoch: string, seq: number): void {
    this.epoch = epoch;
    this.head = seq;
    this.window = [];
  }

  private append(events: readonly LoggedEvent[]): void {
    this.window.push(...events);
    this.head = events.at(-1)?.seq ?? this.head;
    this.window.splice(0, this.window.length - this.settings.events);
  }
}
