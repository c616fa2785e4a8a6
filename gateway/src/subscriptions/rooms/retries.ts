const SHORTEST_MS = 50;
const LONGEST_MS = 5_000;

/** When something that was lost is tried again: later each time, and not for ever. */
export class Retries {
  private timer: NodeJS.Timeout | undefined;
  private attempts = 0;
  private lostAt: number | null = null;

  /**
   * Tries again in a while.
   * @param windowMs for how long what was lost is tried again, in milliseconds
   * @returns false when it has been lost for so long that it is not
   */
  again(windowMs: number, work: () => void): boolean {
    this.lostAt ??= performance.now();
    if (performance.now() - this.lostAt >= windowMs) return false;
    const ceiling = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** this.attempts);
    this.attempts += 1;
    // Between half of it and all of it, so that what was lost together does not come back together.
    this.timer = setTimeout(work, ceiling * (0.5 + Math.random() / 2));
    return true;
  }

  /**
   * It is back, and says something.
   * @param ageMs for how long it has been, in milliseconds
   */
  heard(isBookmark: boolean, ageMs: number): void {
    this.lostAt = null;
    // What accepts and breaks at once, again and again, is not tried again at once.
    if (!isBookmark || ageMs > LONGEST_MS) this.attempts = 0;
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
