const BASE_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;

/** Exponential backoff with jitter, limited to a time window. */
export class Retries {
  private timer: NodeJS.Timeout | undefined;
  private attempts = 0;
  private lostAt: number | null = null;

  /**
   * Schedules the next attempt.
   * @param windowMs how long after the loss attempts are made, in milliseconds
   * @returns false when the window is over and nothing was scheduled
   */
  schedule(windowMs: number, work: () => void): boolean {
    this.lostAt ??= performance.now();
    if (performance.now() - this.lostAt >= windowMs) return false;
    const ceiling = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** this.attempts);
    this.attempts += 1;
    // Jitter spreads the retries of subscriptions that were lost at the same time.
    this.timer = setTimeout(work, ceiling * (0.5 + Math.random() / 2));
    return true;
  }

  /**
   * Resets the window after a message from the new connection.
   * @param ageMs the age of the subscription, in milliseconds
   */
  onReceived(isBookmark: boolean, ageMs: number): void {
    this.lostAt = null;
    // A subscription that repeatedly breaks right after its first bookmark keeps its backoff.
    if (!isBookmark || ageMs > MAX_DELAY_MS) this.attempts = 0;
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
