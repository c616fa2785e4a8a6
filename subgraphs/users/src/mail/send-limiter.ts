/** Mails that one process begins at once. */
const AT_ONCE = 4;

/** Begun one at a time beyond so many slow ones: the mail server is not well. */
const MANY_SLOW = 10;

/**
 * Under way at most, slow or not; each is a connection to the mail server and a claim that is renewed. Begun one at a
 * time, they do not become as many within the eleven minutes that one may take: so there is a place for a new one within
 * SLOW_MS, always.
 */
export const MOST_UNDER_WAY = 60;

/**
 * How long a mail keeps its place. A mail server that is well takes a mail within seconds, and one that cannot be reached
 * has failed after as long; whoever takes longer may go on, but nobody waits for it.
 */
export const SLOW_MS = 15_000;

/** Bounds how many mails are being sent, so that those that take long, or hang, do not hold up the others. */
export class SendLimiter {
  private readonly underWay = new Set<Promise<void>>();
  /** Of those under way the ones that are not slow yet. */
  private readonly new = new Set<Promise<void>>();

  constructor(private readonly slowMs = SLOW_MS) {}

  /** @param sending settles when the mail is done with; it must not reject */
  take(sending: Promise<void>): void {
    const done = sending.finally(() => this.underWay.delete(done));
    this.underWay.add(done);
    const place = this.newFor(done).finally(() => this.new.delete(place));
    this.new.add(place);
  }

  /** Resolves when one more may begin. */
  async free(): Promise<void> {
    for (;;) {
      const slow = this.underWay.size - this.new.size;
      if (this.underWay.size >= MOST_UNDER_WAY) await Promise.race(this.underWay);
      else if (this.new.size >= (slow < MANY_SLOW ? AT_ONCE : 1)) await Promise.race(this.new);
      else return;
    }
  }

  /** Resolves when all that are under way are done with. */
  async empty(): Promise<void> {
    await Promise.all(this.underWay);
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
