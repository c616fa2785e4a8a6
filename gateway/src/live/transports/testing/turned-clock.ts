import type { Clock } from '../../../clock.js';

/** A clock that stands still until a test turns it. */
export class TurnedClock implements Clock {
  #now = Date.parse('2026-01-01T12:00:00Z');
  readonly #planned = new Set<{ readonly time: number; readonly work: () => void }>();

  now(): number {
    return this.#now;
  }

  at(time: number, work: () => void): () => void {
    const plan = { time, work };
    this.#planned.add(plan);
    return () => this.#planned.delete(plan);
  }

  /** How much is planned and has neither happened nor been called off. */
  get planned(): number {
    return this.#planned.size;
  }

  /** Lets everything happen, in order, that is due within so many milliseconds. */
  turn(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#planned].filter(({ time }) => time <= until).sort((a, b) => a.time - b.time);
      if (!next) break;
      this.#now = Math.max(this.#now, next.time);
      this.#planned.delete(next);
      next.work();
    }
    this.#now = until;
  }
}
