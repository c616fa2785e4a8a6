/** Each fetch adds a tenth of a retry. So a subgraph that is down gets 10% more requests, not three times as many. */
const PER_FETCH = 0.1;
const MAX_BALANCE = 10;

/** Limits retries to a share of all fetches, with a token bucket (as Finagle's RetryBudget). */
export class RetryBudget {
  private balance = MAX_BALANCE;

  /** Call once for each fetch. */
  deposit(): void {
    this.balance = Math.min(this.balance + PER_FETCH, MAX_BALANCE);
  }

  /** Withdraws one retry. Returns false if the budget is used up. */
  tryWithdraw(): boolean {
    if (this.balance < 1) return false;
    this.balance -= 1;
    return true;
  }
}
