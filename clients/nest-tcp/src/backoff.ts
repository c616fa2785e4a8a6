const SHORTEST_PAUSE_MS = 50;

/**
 * Spaces the attempts of all callers to connect: each attempt without a result doubles the pause before the next.
 * Half of a pause is random, so that clients of the same server do not return at the same moment.
 */
export class Backoff {
  private pauseMs = 0;
  private notBefore = 0;

  constructor(private readonly longestPauseMs: number) {}

  /** How long the next attempt has to wait, in milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.notBefore - performance.now());
  }

  /** To be called when an attempt begins. */
  begin(): void {
    this.pauseMs = Math.min(Math.max(2 * this.pauseMs, SHORTEST_PAUSE_MS), this.longestPauseMs);
    this.notBefore = performance.now() + this.pauseMs * (0.5 + Math.random() / 2);
  }

  /** To be called when the server has answered. */
  reset(): void {
    this.pauseMs = 0;
    this.notBefore = 0;
  }
}
