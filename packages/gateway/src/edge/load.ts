/** Interval between samples of the event-loop delay, in milliseconds. */
const SAMPLE_MS = 100;
/** Below this number of concurrent operations, rejecting requests would not reduce the delay. */
const MIN_IN_FLIGHT = 50;

/** Limits above which the process is overloaded. */
export interface LoadLimits {
  /** Maximum number of concurrent HTTP operations. */
  readonly inFlight: number;
  /** Maximum event-loop delay, in milliseconds, as a moving average. */
  readonly delayMs: number;
}

/**
 * Measures the load of this process. Queued work delays the event loop before anything fails. The average halves with
 * each sample, so that one long pause does not count as overload.
 */
export class Load {
  private inFlight = 0;
  private delayMs = 0;
  private last = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limits: LoadLimits) {}

  start(): void {
    this.last = performance.now();
    this.timer = setInterval(() => this.sample(performance.now()), SAMPLE_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Whether the process is overloaded and should reject requests. */
  get isTooMuch(): boolean {
    if (this.inFlight >= this.limits.inFlight) return true;
    return this.delayMs > this.limits.delayMs && this.inFlight >= MIN_IN_FLIGHT;
  }

  /** Counts an operation until `end`, which must be called once for each `begin`. */
  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
  }

  /** @param now milliseconds of a monotonic clock */
  sample(now: number): void {
    const late = Math.max(0, now - this.last - SAMPLE_MS);
    this.last = now;
    this.delayMs = (this.delayMs + late) / 2;
  }
}
