import type { Clock } from '../clock.js';

/** A clock that moves only when a test advances it. */
export class ManualClock implements Clock {
  private time = Date.parse('2026-01-01T12:00:00Z');
  private readonly plans = new Set<{ readonly time: number; readonly work: () => void }>();

  now(): number {
    return this.time;
  }

  at(time: number, work: () => void): () => void {
    const plan = { time, work };
    this.plans.add(plan);
    return () => this.plans.delete(plan);
  }

  /** The number of scheduled tasks, without those that have run or were cancelled. */
  get pending(): number {
    return this.plans.size;
  }

  /** Advances the clock and runs the tasks that are due, in order. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const [next] = [...this.plans].filter(({ time }) => time <= until).sort((a, b) => a.time - b.time);
      if (!next) break;
      this.time = Math.max(this.time, next.time);
      this.plans.delete(next);
      next.work();
    }
    this.time = until;
  }
}
