const SHORTEST_PAUSE_MS = 50;

/**
 * Exponential backoff for attempts to connect, shared by all callers. Half of each pause is random, so that the clients of
 * a server do not reconnect at the same time.
 */
export class Backoff {
  private pauseMs = 0;
  private notBefore = 0;

  constructor(private readonly longestPauseMs: number) {}

  /** The time until the next attempt may start, in milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.notBefore - performance.now());
  }

  /** Call it when an attempt starts. */
  begin(): void {
    this.pauseMs = Math.min(Math.max(2 * this.pauseMs, SHORTEST_PAUSE_MS), this.longestPauseMs);
    this.notBefore = performance.now() + this.pauseMs * (0.5 + Math.random() / 2);
  }

  /** Call it when the server has responded. */
  reset(): void {
    this.pauseMs = 0;
    this.notBefore = 0;
  }
}
