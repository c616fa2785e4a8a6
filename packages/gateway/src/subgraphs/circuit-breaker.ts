import type { Clock } from '../request/clock.js';

/** Number of recent outcomes in the window. */
const WINDOW = 50;
/** The breaker stays closed below this number of outcomes. */
const MIN_OUTCOMES = 20;
/** Share of failed outcomes that opens the breaker. */
const FAILURE_THRESHOLD = 0.5;
/**
 * How long the breaker stays open before the next probe, in milliseconds. One fetch a second does not overload a
 * subgraph.
 */
const OPEN_MS = 1_000;

/** A permit to fetch. The caller reports the outcome of the fetch with it. */
export type Permit = 'call' | 'probe';

/**
 * Stops requests to a failing subgraph (Nygard, Release It!, "Circuit Breaker"). It opens when half of the recent
 * fetches failed, allows one probe after a second, and closes when the probe succeeds. The window counts fetches
 * instead of time: the breaker opens fast under load, and a single failure at a quiet time does not open it.
 */
export class CircuitBreaker {
  private readonly outcomes = new Uint8Array(WINDOW);
  private next = 0;
  private known = 0;
  private failures = 0;
  private openUntil: number | null = null;
  private isProbing = false;

  /** @param changed called each time the breaker opens or closes */
  constructor(
    private readonly clock: Clock,
    private readonly changed: (state: 'open' | 'closed') => void = () => {},
  ) {}

  /** Null while the breaker is open. The caller of any other permit must report its outcome. */
  admit(): Permit | null {
    if (this.openUntil === null) return 'call';
    if (this.isProbing || this.clock.now() < this.openUntil) return null;
    this.isProbing = true;
    return 'probe';
  }

  succeeded(permit: Permit): void {
    if (permit === 'probe') this.close();
    else this.record(0);
  }

  failed(permit: Permit): void {
    if (permit === 'probe') this.open();
    else this.record(1);
  }

  /** Reports an outcome that says nothing about the subgraph's health. */
  ignored(permit: Permit): void {
    if (permit === 'probe') this.isProbing = false;
  }

  /** Closes the breaker, as after a successful health check. */
  close(): void {
    this.isProbing = false;
    if (this.openUntil === null) return;
    this.openUntil = null;
    this.changed('closed');
  }

  /** Ignores outcomes of fetches that began before the breaker opened. */
  private record(failure: 0 | 1): void {
    if (this.openUntil !== null) return;
    this.failures += failure - this.outcomes[this.next]!;
    this.outcomes[this.next] = failure;
    this.next = (this.next + 1) % WINDOW;
    this.known = Math.min(this.known + 1, WINDOW);
    if (this.known < MIN_OUTCOMES || this.failures < this.known * FAILURE_THRESHOLD) return;
    this.outcomes.fill(0);
    this.next = this.known = this.failures = 0;
    this.open();
    this.changed('open');
  }

  private open(): void {
    this.isProbing = false;
    this.openUntil = this.clock.now() + OPEN_MS;
  }
}
