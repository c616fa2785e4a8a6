import type { Clock } from '../request/clock.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { RetryBudget } from './retry-budget.js';
import { faultKind, SubgraphFault } from './subgraph-fault.js';

/** Maximum number of attempts for one fetch. */
const MAX_ATTEMPTS = 3;
/** Maximum delay before the second attempt, in milliseconds. It doubles for each further attempt. */
const BACKOFF_MS = 50;

/** Limits of one fetch. */
export interface FetchLimits {
  /** Deadline of the operation, in milliseconds since 1970. */
  readonly deadline: number;
  /** Whether the fetch is safe to repeat. */
  readonly mayRepeat: boolean;
}

/** The circuit breaker is open: no request was sent. */
export class CircuitOpen extends Error {
  override name = 'CircuitOpen';
}

/** Applies the circuit breaker, timeouts and retries to the fetches from one subgraph. */
export class SubgraphGuard {
  private readonly retries = new RetryBudget();

  constructor(
    /** Timeout of one attempt, in milliseconds. */
    private readonly timeoutMs: number,
    private readonly breaker: CircuitBreaker,
    private readonly clock: Clock,
  ) {}

  /**
   * @param send sends the fetch; rejects when there is no usable response within `timeoutMs`
   * @throws CircuitOpen, or the error of the last attempt
   */
  async fetch<Result>(send: (timeoutMs: number) => Promise<Result>, limits: FetchLimits): Promise<Result> {
    const permit = this.breaker.admit();
    if (permit === null) throw new CircuitOpen('the circuit breaker is open after too many failures');
    try {
      const result = await this.fetchWithRetries(send, limits);
      this.breaker.succeeded(permit);
      return result;
    } catch (error) {
      if (faultKind(error) === 'ignored') this.breaker.ignored(permit);
      else this.breaker.failed(permit);
      throw error;
    }
  }

  private async fetchWithRetries<Result>(
    send: (timeoutMs: number) => Promise<Result>,
    { deadline, mayRepeat }: FetchLimits,
  ): Promise<Result> {
    this.retries.deposit();
    for (let attempt = 1; ; attempt += 1) {
      const timeLeft = deadline - this.clock.now();
      if (timeLeft <= 0) throw new SubgraphFault('the time limit of the operation has passed', 'ignored');
      try {
        return await send(Math.min(this.timeoutMs, timeLeft));
      } catch (error) {
        const shouldRetry = mayRepeat && attempt < MAX_ATTEMPTS && faultKind(error) === 'unreachable';
        if (!shouldRetry || !this.retries.tryWithdraw()) throw error;
      }
      await this.pause(Math.random() * BACKOFF_MS * 2 ** (attempt - 1));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.at(this.clock.now() + ms, resolve));
  }
}
