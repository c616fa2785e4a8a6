/** Lets a few in at a time; the others wait in the order in which they came, and may give up. */
export class Turnstile {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** @returns null when the work was no longer wanted by the time it was its turn */
  async pass<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T | null> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return isWanted() ? await work() : null;
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
