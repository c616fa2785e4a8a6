import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';

const POLL_MS = 10;

/** When each of a run of additions was answered, and when each watcher saw it. */
export class Arrivals {
  private readonly answeredAt: Float64Array;
  /** One row an addition, one column a watcher; NaN is not yet. */
  private readonly seen: Float64Array;
  private missing: number;

  constructor(
    private readonly first: number,
    additions: number,
    private readonly watchers: number,
  ) {
    this.answeredAt = new Float64Array(additions).fill(NaN);
    this.missing = additions * watchers;
    this.seen = new Float64Array(this.missing).fill(NaN);
  }

  answered(number: number): void {
    this.answeredAt[number - this.first] = performance.now();
  }

  /** @throws Fault when this watcher saw it before, or it is none of this run */
  saw(watcher: number, number: number): void {
    const cell = (number - this.first) * this.watchers + watcher;
    if (!Number.isNaN(this.seen[cell])) throw new Fault(`watcher ${watcher} saw ${number} again`);
    this.seen[cell] = performance.now();
    this.missing -= 1;
  }

  /** Returns when every watcher has seen every addition. @throws Fault when that takes too long */
  async complete(deadlineMs: number): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (this.missing > 0) {
      if (performance.now() > deadline) throw new Fault(`${this.missing} events did not arrive`);
      await delay(POLL_MS);
    }
  }

  /** Milliseconds from answer to event, sorted; below zero where the event was first. */
  delays(): Float64Array {
    return this.seen
      .map((seen, cell) => seen - (this.answeredAt[Math.floor(cell / this.watchers)] ?? NaN))
      .sort();
  }
}
