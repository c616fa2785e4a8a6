import type { Clock } from '../clock.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { RetryBudget } from './retry-budget.js';
import { faultKind, SubgraphFault } from './subgraph-fault.js';

/** How often one fetch is sent at most. */
const MOST_TRIES = 3;
/** The longest wait before the second try, in milliseconds; each further one may be twice as long. */
const BACKOFF_MS = 50;

/** What one fetch may cost. */
export interface FetchLimits {
  /** When nobody waits for the operation any more, in milliseconds since 1970. */
  readonly deadline: number;
  /** Whether it does no harm to ask twice. */
  readonly mayRepeat: boolean;
}

/** The breaker is open: the subgraph was not asked at all. */
export class CircuitOpen extends Error {
  override name = 'CircuitOpen';
}

/** Decides for one subgraph whether, for how long and how often a fetch is tried. */
export class SubgraphGuard {
  private readonly retries = new RetryBudget();

  constructor(
    /** The longest wait for one answer, in milliseconds. */
    private readonly timeoutMs: number,
    private readonly breaker: CircuitBreaker,
    private readonly clock: Clock,
  ) {}

  /**
   * @param ask sends the fetch, and rejects when no usable answer comes in so many milliseconds
   * @throws CircuitOpen, or what the last try has thrown
   */
  async fetch<Answer>(ask: (timeoutMs: number) => Promise<Answer>, limits: FetchLimits): Promise<Answer> {
    const pass = this.breaker.admit();
    if (pass === null) throw new CircuitOpen('it has failed too often; it is not asked for a moment');
    try {
      const answer = await this.insist(ask, limits);
      this.breaker.succeeded(pass);
      return answer;
    } catch (error) {
      if (faultKind(error) === 'excused') this.breaker.excused(pass);
      else this.breaker.failed(pass);
      throw error;
    }
  }

  private async insist<Answer>(
    ask: (timeoutMs: number) => Promise<Answer>,
    { deadline, mayRepeat }: FetchLimits,
  ): Promise<Answer> {
    this.retries.earn();
    for (let tries = 1; ; tries += 1) {
      const timeLeft = deadline - this.clock.now();
      if (timeLeft <= 0) throw new SubgraphFault('the operation has had its time', 'excused');
      try {
        return await ask(Math.min(this.timeoutMs, timeLeft));
      } catch (error) {
        const mayHelp = mayRepeat && tries < MOST_TRIES && faultKind(error) === 'unreachable';
        if (!mayHelp || !this.retries.spend()) throw error;
      }
      await this.pause(Math.random() * BACKOFF_MS * 2 ** (tries - 1));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.at(this.clock.now() + ms, resolve));
  }
}
