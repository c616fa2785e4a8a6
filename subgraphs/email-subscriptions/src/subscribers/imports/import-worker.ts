import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { LOGGER, WakeableTimer } from '@kit/service';
import type { Logger } from 'pino';
import { ImportLease } from './import-lease.js';
import { ImportRun } from './import-run.js';

/** How often the worker looks for imports that other replicas left, in milliseconds. */
const POLL_MS = 1_000;

/** Runs imports, one at a time in each replica. */
@Injectable()
export class ImportWorker implements BeforeApplicationShutdown {
  private readonly timer = new WakeableTimer();
  private readonly stopping = new AbortController();
  private failed = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly lease: ImportLease,
    private readonly run: ImportRun,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Call it once, when the database is open. */
  start(): void {
    this.ended = this.work();
  }

  /** Makes the worker look for imports now. */
  wake(): void {
    this.timer.wake();
  }

  /** Stops between two batches. Another process goes on. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.timer.wake();
    await this.ended;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let claim = null;
      try {
        claim = await this.lease.claim();
        if (claim) await this.run.run(claim, signal);
        this.failed = false;
      } catch (error) {
        // One line for each outage of the database.
        if (!this.failed) this.logger.warn({ err: error }, 'imports wait: the database does not answer');
        this.failed = true;
        claim = null;
      }
      if (!claim) await this.timer.wait(POLL_MS);
    }
  }
}
