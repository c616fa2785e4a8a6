import type { Clock } from '../request/clock.js';

/** Shorter intervals are not those of a heartbeat: some servers open a stream with several comments. */
const MIN_INTERVAL_MS = 1_000;
/** Number of missed heartbeats after which the stream counts as dead. */
const MISSED_HEARTBEATS = 3;
/** A stream is never dead after a shorter silence, in milliseconds. */
const MIN_SILENCE_MS = 30_000;
/** A single interval may be chance: some servers send comments for other reasons. */
const MIN_INTERVALS = 2;
const MAX_INTERVALS = 3;

/**
 * Notices that an event stream is dead. A server that keeps its streams alive sends a comment at intervals. The watch
 * takes the longest of the last intervals. It expects nothing from a server that sends no or few comments.
 */
export class HeartbeatWatch {
  private lastComment: number | null = null;
  private intervals: number[] = [];
  private lastBytes = 0;
  private cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly onDead: () => void,
  ) {}

  onComment(): void {
    const now = this.clock.now();
    if (this.lastComment !== null) {
      const interval = now - this.lastComment;
      if (interval < MIN_INTERVAL_MS) return;
      this.intervals = [...this.intervals, interval].slice(-MAX_INTERVALS);
    }
    this.lastComment = now;
  }

  /** Call for all bytes of the stream, after their comments. */
  onBytes(): void {
    this.lastBytes = this.clock.now();
    if (this.intervals.length >= MIN_INTERVALS && !this.cancel) this.schedule();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  /** When the stream is dead unless bytes arrive. */
  private get deadAt(): number {
    return this.lastBytes + Math.max(MIN_SILENCE_MS, MISSED_HEARTBEATS * Math.max(...this.intervals));
  }

  private schedule(): void {
    this.cancel = this.clock.at(this.deadAt, () => {
      this.cancel = null;
      // Bytes have arrived since it was scheduled.
      if (this.clock.now() < this.deadAt) this.schedule();
      else this.onDead();
    });
  }
}
