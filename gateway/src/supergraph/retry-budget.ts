/** What each fetch earns, and what may be saved: a subgraph that is down is asked a tenth more, not three times as much. */
const PER_FETCH = 0.1;
const MOST = 10;

/** How many fetches may be tried again (Finagle's RetryBudget): a token bucket that fetches fill and retries empty. */
export class RetryBudget {
  private saved = MOST;

  /** A fetch was tried for the first time. */
  earn(): void {
    this.saved = Math.min(this.saved + PER_FETCH, MOST);
  }

  /** Whether one may be tried again now; if so, that is paid for. */
  spend(): boolean {
    if (this.saved < 1) return false;
    this.saved -= 1;
    return true;
  }
}
