import type { Clock } from '../clock.js';

/** How many of the last outcomes count. */
const REMEMBERED = 50;
/** With fewer outcomes than this it never opens. */
const FEWEST = 20;
/** It opens when this share of them has failed. */
const MOST_FAILING = 0.5;
/** How long nobody is let through, in milliseconds: a sick subgraph can bear one fetch a second. */
const OPEN_MS = 1_000;

/** What somebody who was let through says afterwards how it went. */
export type Pass = 'call' | 'probe';

/**
 * Stops asking a subgraph that fails (Nygard, Release It!, "Circuit Breaker"): opens when half of the last fetches
 * have failed, lets one through after a second, and closes when that succeeds. What counts is the number of fetches,
 * not time, so that it opens as fast under load as it should, and never for one failure in the night.
 */
export class CircuitBreaker {
  private readonly outcomes = new Uint8Array(REMEMBERED);
  private next = 0;
  private known = 0;
  private failures = 0;
  private openUntil: number | null = null;
  private isProbing = false;

  /** @param changed is told each time that it opens or closes */
  constructor(
    private readonly clock: Clock,
    private readonly changed: (state: 'open' | 'closed') => void = () => {},
  ) {}

  /** Null for who is not to ask now; everybody else tells the outcome. */
  admit(): Pass | null {
    if (this.openUntil === null) return 'call';
    if (this.isProbing || this.clock.now() < this.openUntil) return null;
    this.isProbing = true;
    return 'probe';
  }

  succeeded(pass: Pass): void {
    if (pass === 'probe') this.close();
    else this.note(0);
  }

  failed(pass: Pass): void {
    if (pass === 'probe') this.wait();
    else this.note(1);
  }

  /** The outcome says nothing. */
  excused(pass: Pass): void {
    if (pass === 'probe') this.isProbing = false;
  }

  /** Lets everybody through again: somebody has seen that it is well. */
  close(): void {
    this.isProbing = false;
    if (this.openUntil === null) return;
    this.openUntil = null;
    this.changed('closed');
  }

  /** What was let through before it opened tells nothing new while it is open. */
  private note(failure: 0 | 1): void {
    if (this.openUntil !== null) return;
    this.failures += failure - this.outcomes[this.next]!;
    this.outcomes[this.next] = failure;
    this.next = (this.next + 1) % REMEMBERED;
    this.known = Math.min(this.known + 1, REMEMBERED);
    if (this.known < FEWEST || this.failures < this.known * MOST_FAILING) return;
    this.outcomes.fill(0);
    this.next = this.known = this.failures = 0;
    this.wait();
    this.changed('open');
  }

  private wait(): void {
    this.isProbing = false;
    this.openUntil = this.clock.now() + OPEN_MS;
  }
}
