import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { closeSession, openSession } from './session.js';

const RETRY_MS = 250;

/** A session that is opened again whenever it breaks, until it is stopped. */
export class DedicatedConnection {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isWell = true;

  /**
   * @param purpose shown by `pg_stat_activity`, and in the log
   * @param use works with one session until it breaks, which shows as an error, or until `isStopping`
   */
  constructor(
    private readonly databaseUrl: string,
    private readonly purpose: string,
    private readonly use: (client: Client) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  start(): void {
    this.running = this.run();
  }

  /** Returns when the work with the session is over; whoever works may have to be told to look up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** To be called when the session has done what it is for: the next time that it breaks is another outage. */
  works(): void {
    this.isWell = true;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.useOne();
      } catch (error) {
        // Once for each outage: it is tried again four times a second.
        if (this.isWell) this.logger.warn({ err: error }, `the session for ${this.purpose} broke`);
        this.isWell = false;
      }
      await delay(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  private async useOne(): Promise<void> {
    const client = await openSession(this.databaseUrl, this.purpose);
    try {
      await this.use(client);
    } finally {
      await closeSession(client);
    }
  }
}
