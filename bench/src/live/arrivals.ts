import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@supergraph/tools/fault';

const POLL_MS = 10;

/** When each addition was acknowledged, and when each watcher received its event. */
export class Arrivals {
  private readonly acknowledgedAt: Float64Array;
  /** One row per addition, one column per watcher. NaN until the event arrives. */
  private readonly seen: Float64Array;
  private missing: number;

  constructor(
    private readonly first: number,
    additions: number,
    private readonly watchers: number,
  ) {
    this.acknowledgedAt = new Float64Array(additions).fill(NaN);
    this.missing = additions * watchers;
    this.seen = new Float64Array(this.missing).fill(NaN);
  }

  acknowledged(number: number): void {
    this.acknowledgedAt[number - this.first] = performance.now();
  }

  /** @throws Fault when this watcher has received the event before, or the number is out of range */
  saw(watcher: number, number: number): void {
    const cell = (number - this.first) * this.watchers + watcher;
    if (!Number.isNaN(this.seen[cell])) throw new Fault(`unexpected event ${number} at watcher ${watcher}`);
    this.seen[cell] = performance.now();
    this.missing -= 1;
  }

  /** Returns when every watcher has received every event. @throws Fault after the deadline */
  async complete(deadlineMs: number): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (this.missing > 0) {
      if (performance.now() > deadline) throw new Fault(`${this.missing} events did not arrive`);
      await delay(POLL_MS);
    }
  }

  /** Milliseconds from acknowledgement to event, sorted. Negative where the event arrived first. */
  delays(): Float64Array {
    return this.seen
      .map((seen, cell) => seen - (this.acknowledgedAt[Math.floor(cell / this.watchers)] ?? NaN))
      .sort();
  }
}
