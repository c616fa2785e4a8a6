/** How often the delay of the event loop is looked at, in milliseconds. */
const SAMPLE_MS = 100;
/** With fewer under way, turning others away would not make it any faster. */
const FEW = 50;

/** When it is too much. */
export interface LoadLimits {
  /** HTTP operations under way at a time. */
  readonly inFlight: number;
  /** How late the event loop may be, in milliseconds, on average of the last moments. */
  readonly delayMs: number;
}

/**
 * How busy this process is. Work that waits for its turn makes the event loop late before it makes anything fail; so
 * does one long pause, which is no reason to turn people away, and is halved away with each sample after it.
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

  /** Whether the next one had better come back later. */
  get isTooMuch(): boolean {
    if (this.inFlight >= this.limits.inFlight) return true;
    return this.delayMs > this.limits.delayMs && this.inFlight >= FEW;
  }

  /** Counts something in; it is under way until `end`, which is to follow once. */
  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
  }

  /** @param now milliseconds of a clock that never jumps */
  sample(now: number): void {
    const late = Math.max(0, now - this.last - SAMPLE_MS);
    this.last = now;
    this.delayMs = (this.delayMs + late) / 2;
  }
}
