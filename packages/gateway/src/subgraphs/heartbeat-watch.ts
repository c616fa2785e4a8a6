import type { Clock } from '../request/clock.js';

/** Shorter intervals are not those of a heartbeat: some servers open a stream with several comments. */
const MIN_INTERVAL_MS = 1_000;
/** Number of missed heartbeats after which the stream counts as dead. */
const MISSED_HEARTBEATS = 3;

/**
 * Notices that an event stream is dead. A server that keeps its streams alive sends a comment at intervals. The watch
 * learns the interval from the first two comments. It expects nothing from a server that sends none.
 */
export class HeartbeatWatch {
  private lastComment: number | null = null;
  private intervalMs = 0;
  private lastBytes = 0;
  private cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly onDead: () => void,
  ) {}

  onComment(): void {
    const now = this.clock.now();
    const interval = now - (this.lastComment ?? now);
    if (this.lastComment !== null && interval < MIN_INTERVAL_MS) return;
    this.lastComment = now;
    this.intervalMs = Math.max(this.intervalMs, interval);
  }

  /** Call for all bytes of the stream, after their comments. */
  onBytes(): void {
    this.lastBytes = this.clock.now();
    if (this.intervalMs > 0 && !this.cancel) this.schedule();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  private schedule(): void {
    const deadAt = this.lastBytes + MISSED_HEARTBEATS * this.intervalMs;
    this.cancel = this.clock.at(deadAt, () => {
      this.cancel = null;
      // Bytes have arrived since it was scheduled.
      if (this.clock.now() < this.lastBytes + MISSED_HEARTBEATS * this.intervalMs) this.schedule();
      else this.onDead();
    });
  }
}
