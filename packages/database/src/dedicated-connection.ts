import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { closeSession, type DatabaseAddress, openSession } from './session.js';

const RETRY_MS = 250;

/** A connection outside the pool that is reopened whenever it breaks, until it is stopped. */
export class DedicatedConnection {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isHealthy = true;

  /**
   * @param purpose appears in `pg_stat_activity` and in the log
   * @param use uses one session until a query fails or `isStopping` is true
   */
  constructor(
    private readonly address: DatabaseAddress,
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

  /** Returns when `use` has returned. The caller must interrupt any wait inside `use`. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Call it when the session does its work, so that the next failure is logged as a new outage. */
  markHealthy(): void {
    this.isHealthy = true;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.useOne();
      } catch (error) {
        // Once for each outage, although it retries four times a second.
        if (this.isHealthy) this.logger.warn({ err: error }, `the session for ${this.purpose} broke`);
        this.isHealthy = false;
      }
      await delay(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  private async useOne(): Promise<void> {
    const client = await openSession(this.address, this.purpose);
    try {
      await this.use(client);
    } finally {
      await closeSession(client);
    }
  }
}
