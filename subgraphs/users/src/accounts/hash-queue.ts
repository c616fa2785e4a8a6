import { currentCaller } from '@supergraph/service/request-deadline';
import { TooBusy } from './too-busy.js';

const LONGEST_QUEUE = 1_000;

/** For how long a caller waits who does not say: the gateway's patience. */
const PATIENCE_MS = 10_000;

/** What is left to do afterwards, and the way back to the caller. */
const AFTERWARDS_MS = 500;

/** What one piece of work takes until one was measured. */
const FIRST_GUESS_MS = 50;

/** How much the latest counts in what one is expected to take. */
const WEIGHT = 0.1;

interface Waiting {
  readonly hasLeft: () => boolean;
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Lets so much of some work be done at once; the rest waits, first come first served. Who could not be answered in
 * time is refused at once; whose turn does not come in time after all, while they still wait; who has gone, when it is
 * their turn.
 */
export class HashQueue {
  private readonly waiting: Waiting[] = [];
  private running = 0;
  private workMs = FIRST_GUESS_MS;

  constructor(
    private readonly atOnce: number,
    private readonly longestQueue = LONGEST_QUEUE,
  ) {}

  /** @throws TooBusy without having begun */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.turn();
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.workMs += WEIGHT * (performance.now() - start - this.workMs);
      this.next();
    }
  }

  private turn(): Promise<void> {
    const now = Date.now();
    const caller = currentCaller();
    const deadline = caller?.deadline ?? now + PATIENCE_MS;
    const isLate = now + this.waitMs() + AFTERWARDS_MS > deadline;
    if (isLate || this.waiting.length >= this.longestQueue) throw this.tooBusy();
    return new Promise((resolve, reject) => {
      const refuse = () => reject(this.tooBusy());
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        refuse();
      };
      const timer = setTimeout(giveUp, deadline - AFTERWARDS_MS - now);
      const waiting: Waiting = {
        hasLeft: () => caller?.hasLeft() ?? false,
        start: () => (clearTimeout(timer), resolve()),
        refuse: () => (clearTimeout(timer), refuse()),
      };
      this.waiting.push(waiting);
    });
  }

  /** Hands the place of what has ended to whoever is next and still waits. */
  private next(): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      if (!next.hasLeft()) return next.start();
      next.refuse();
    }
    this.running -= 1;
  }

  private tooBusy(): TooBusy {
    return new TooBusy(Math.ceil(this.waitMs() / 1_000));
  }

  /** Until whoever came now would be done. */
  private waitMs(): number {
    return (Math.ceil((this.waiting.length + 1) / this.atOnce) + 1) * this.workMs;
  }
}
