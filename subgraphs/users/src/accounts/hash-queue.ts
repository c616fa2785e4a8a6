import { currentCaller } from '@kit/service';
import { TooBusy } from './too-busy.js';

const LONGEST_QUEUE = 1_000;

/** The deadline of callers that do not send one: the request timeout of the gateway. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** Time reserved for the work after the queue and for the response. */
const RESERVED_MS = 500;

/** The expected duration of a job before one was measured. */
const INITIAL_JOB_MS = 50;

/** The weight of the latest duration in the moving average. */
const WEIGHT = 0.1;

interface QueuedJob {
  readonly hasLeft: () => boolean;
  readonly start: () => void;
  readonly reject: () => void;
}

/**
 * Runs a limited number of jobs at once and queues the others, first in, first out. It rejects callers that cannot be
 * served before their deadline, and skips callers that have disconnected.
 */
export class HashQueue {
  private readonly queue: QueuedJob[] = [];
  private running = 0;
  /** Moving average of the duration of a job. */
  private jobMs = INITIAL_JOB_MS;

  constructor(
    private readonly atOnce: number,
    private readonly longestQueue = LONGEST_QUEUE,
  ) {}

  /** @throws TooBusy before the job starts */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.waitForPlace();
    const start = performance.now();
    try {
      return await job();
    } finally {
      this.jobMs += WEIGHT * (performance.now() - start - this.jobMs);
      this.startNext();
    }
  }

  private waitForPlace(): Promise<void> {
    const now = Date.now();
    const caller = currentCaller();
    const deadline = caller?.deadline ?? now + DEFAULT_TIMEOUT_MS;
    const isLate = now + this.expectedMs() + RESERVED_MS > deadline;
    if (isLate || this.queue.length >= this.longestQueue) throw this.tooBusy();
    return new Promise((resolve, reject) => {
      const rejectJob = () => reject(this.tooBusy());
      const expire = () => {
        this.queue.splice(this.queue.indexOf(queued), 1);
        rejectJob();
      };
      const timer = setTimeout(expire, deadline - RESERVED_MS - now);
      const queued: QueuedJob = {
        hasLeft: () => caller?.hasLeft() ?? false,
        start: () => (clearTimeout(timer), resolve()),
        reject: () => (clearTimeout(timer), rejectJob()),
      };
      this.queue.push(queued);
    });
  }

  /** Starts the next job whose caller is still connected in place of one that has ended. */
  private startNext(): void {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      if (!next.hasLeft()) return next.start();
      next.reject();
    }
    this.running -= 1;
  }

  private tooBusy(): TooBusy {
    return new TooBusy(Math.ceil(this.expectedMs() / 1_000));
  }

  /** The time until a job that is queued now would be done. */
  private expectedMs(): number {
    return (Math.ceil((this.queue.length + 1) / this.atOnce) + 1) * this.jobMs;
  }
}
