/** How many new mails may be in flight. */
const AT_ONCE = 4;

/** With so many slow mails the mail server is unhealthy, and new mails start one at a time. */
const MANY_SLOW = 10;

/**
 * The most mails in flight, slow or not. Each holds a connection to the mail server and a lease. When mails start one at
 * a time, fewer than this start within the eleven minutes that one may take, so a new one can always start within
 * SLOW_MS.
 */
export const MOST_IN_FLIGHT = 60;

/**
 * After so long a mail counts as slow, and the next one may start. A healthy mail server accepts a mail within seconds,
 * and connecting to an unreachable one fails after as long.
 */
export const SLOW_MS = 15_000;

/** Limits the mails in flight, so that slow or hanging ones do not block the others. */
export class SendLimiter {
  private readonly inFlight = new Set<Promise<void>>();
  /** Those in flight that are not slow yet. */
  private readonly new = new Set<Promise<void>>();

  constructor(private readonly slowMs = SLOW_MS) {}

  /** @param sending settles when the attempt has ended; it must not reject */
  take(sending: Promise<void>): void {
    const done = sending.finally(() => this.inFlight.delete(done));
    this.inFlight.add(done);
    const place = this.newFor(done).finally(() => this.new.delete(place));
    this.new.add(place);
  }

  /** Resolves when one more may start. */
  async free(): Promise<void> {
    for (;;) {
      const slow = this.inFlight.size - this.new.size;
      if (this.inFlight.size >= MOST_IN_FLIGHT) await Promise.race(this.inFlight);
      else if (this.new.size >= (slow < MANY_SLOW ? AT_ONCE : 1)) await Promise.race(this.new);
      else return;
    }
  }

  /** Resolves when none is in flight. */
  async empty(): Promise<void> {
    await Promise.all(this.inFlight);
  }

  private newFor(done: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.slowMs);
      void done.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
