import { setTimeout as delay } from 'node:timers/promises';
import { WakeableTimer } from '@kit/service';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { DedicatedConnection, type DatabaseAddress } from '@kit/database';
import { BulkLane } from './bulk-lane.js';
import { moveBatch, trimBatch, tryLock } from './relay-statements.js';

/** How many rows one batch numbers. */
const BATCH = 5_000;

/** How many rows one batch deletes: few, because new events wait for it. */
const TRIM_BATCH = 2_000;
const TRIM_EVERY_MS = 60_000;

/** The pause between two batches, so that a busy relay makes few large commits instead of many small ones. */
const BATCH_PAUSE_MS = 2;

/** How often the relay polls the outbox, and the other processes try to take its lock. */
const HEARTBEAT_MS = 400;

/**
 * Postgres closes the session of a relay that is idle for so long, which releases the lock. A frozen or disconnected
 * relay is therefore replaced, and cannot write when it resumes.
 */
const SESSION_IDLE_MS = 1_200;

/** Called after events were numbered, to wake the readers of the log. */
export type Publish = () => void;

export interface RelaySettings {
  readonly database: DatabaseAddress;
  /** The retention time of events, in hours. */
  readonly retentionHours: number;
  /** The key of the advisory lock that lets one relay work. */
  readonly lockKey: string;
}

/**
 * Numbers committed events, those of bulk jobs only while no live ones wait. Every replica runs a relay, but only the one
 * that holds the lock works. It writes over the connection that holds the lock, so it cannot write after it has lost the
 * lock.
 */
export class Relay {
  private readonly timer = new WakeableTimer();
  private readonly session: DedicatedConnection;
  private readonly bulk = new BulkLane();
  private holding = false;

  constructor(
    private readonly settings: RelaySettings,
    private readonly publish: Publish,
    private readonly logger: Logger,
  ) {
    this.session = new DedicatedConnection(settings.database, 'relay', (client) => this.hold(client), logger);
  }

  /** Whether this process is the relay now. */
  get isHere(): boolean {
    return this.holding;
  }

  start(): void {
    this.session.start();
  }

  /** Finishes the current batch, numbers the live events that wait, and releases the lock. */
  async stop(): Promise<void> {
    const stopped = this.session.stop();
    this.timer.wake();
    await stopped;
  }

  /** Makes the relay read the outbox now. @returns false if another process is the relay */
  wake(): boolean {
    if (this.holding) this.timer.wake();
    return this.holding;
  }

  private async hold(client: Client): Promise<void> {
    client.on('end', () => {
      this.holding = false;
      this.timer.wake();
    });
    // A crash must not undo an event that readers have seen, so the server's default for commits does not apply.
    await client.query(
      `SET idle_session_timeout = ${SESSION_IDLE_MS}; SET statement_timeout = 0; SET synchronous_commit = on`,
    );
    while (!this.session.isStopping && !(await tryLock(client, this.settings.lockKey)))
      await this.timer.wait(HEARTBEAT_MS);
    if (this.session.isStopping) return;
    this.holding = true;
    this.logger.info('this process is the relay now');
    try {
      await this.work(client);
    } finally {
      this.holding = false;
    }
  }

  private async work(client: Client): Promise<void> {
    let trimAt = 0;
    while (!this.session.isStopping) {
      const moved = await this.move(client);
      this.session.markHealthy();
      if (performance.now() >= trimAt) {
        const trimmed = await trimBatch(client, this.settings.retentionHours, TRIM_BATCH);
        if (trimmed < TRIM_BATCH) trimAt = performance.now() + TRIM_EVERY_MS;
        if (trimmed > 0) this.logger.info({ trimmed }, 'old events trimmed');
      }
      if (moved === BATCH) continue;
      const againInMs = await this.moveBulk(client);
      if (moved > 0) await delay(BATCH_PAUSE_MS);
      await this.timer.wait(Math.min(againInMs, HEARTBEAT_MS));
    }
    // The last committed live events do not have to wait for the next relay.
    await this.move(client);
  }

  private async move(client: Client): Promise<number> {
    const moved = await moveBatch(client, BATCH);
    if (moved > 0) this.publish();
    return moved;
  }

  /** @returns in how many milliseconds to call it again */
  private async moveBulk(client: Client): Promise<number> {
    const { moved, againInMs } = await this.bulk.move(client);
    if (moved > 0) this.publish();
    return againInMs;
  }
}
