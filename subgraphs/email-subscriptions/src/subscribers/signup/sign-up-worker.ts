import { LOGGER, WakeableTimer } from '@kit/service';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { SignUpProcessing } from './sign-up-processing.js';

/** How often the worker looks for sign-ups that other replicas left. */
const POLL_MS = 2_000;

/** Processes the sign-ups, one after the other. Each replica has one worker. */
@Injectable()
export class SignUpWorker implements BeforeApplicationShutdown {
  private readonly timer = new WakeableTimer();
  private stopping = false;
  private failed = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly processing: SignUpProcessing,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Call it once, when the database is open. */
  start(): void {
    this.ended = this.work();
  }

  /** Makes the worker look for sign-ups now. Call it after the commit. */
  wake(): void {
    this.timer.wake();
  }

  /** Finishes the sign-up in progress. The next process continues with the others. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.timer.wake();
    await this.ended;
  }

  private async work(): Promise<void> {
    while (!this.stopping) {
      if (!(await this.next())) await this.timer.wait(POLL_MS);
    }
  }

  private async next(): Promise<boolean> {
    try {
      const processed = await this.processing.next();
      this.failed = false;
      return processed;
    } catch (error) {
      // One line for each outage of the database.
      if (!this.failed) this.logger.warn({ err: error }, 'sign-ups wait: the database does not answer');
      this.failed = true;
      return false;
    }
  }
}
