import { setTimeout as delay } from 'node:timers/promises';
import { WakeableTimer } from '@supergraph/service/wakeable-timer';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { DedicatedConnection } from '../database/dedicated-connection.js';
import { moveBatch, trimBatch, tryRelayLock } from './relay-statements.js';

/** How many rows are numbered at once. */
const BATCH = 5_000;

/** How many rows are trimmed at once: few, since events wait meanwhile. */
const TRIM_BATCH = 2_000;
const TRIM_EVERY_MS = 60_000;

/** How long rows may gather between two batches, so that a busy relay makes few commits instead of many. */
const GATHER_MS = 2;

/** How often the relay looks although nobody told it to, and the others whether it still lives. */
const HEARTBEAT_MS = 400;

/**
 * Postgres itself ends a relay's session that says nothing for so long, and with it gives its lock free: so a relay
 * that is frozen or cut off is replaced, and cannot write any more when it comes back.
 */
const SILENCE_MS = 1_200;

/**
 * What a relay does once it has numbered events: it tells who reads the log. Another engine would be fed here, with
 * what the log has after the last event that it took.
 */
export type Publish = () => void;

export interface RelaySettings {
  readonly databaseUrl: string;
  /** For how long the log keeps events, in hours. */
  readonly keptHours: number;
}

/**
 * Numbers what was committed. Every replica runs one; the one that holds the lock works, the others wait for it to
 * die. All that it writes goes over the connection that holds the lock: who has lost the one has lost the other.
 */
export class Relay {
  private readonly timer = new WakeableTimer();
  private readonly session: DedicatedConnection;
  private holding = false;

  constructor(
    private readonly settings: RelaySettings,
    private readonly publish: Publish,
    private readonly logger: Logger,
  ) {
    this.session = new DedicatedConnection(
      settings.databaseUrl,
      'relay',
      (client) => this.hold(client),
      logger,
    );
  }

  /** Whether this process is the relay now. */
  get isHere(): boolean {
    return this.holding;
  }

  start(): void {
    this.session.start();
  }

  /** Finishes the batch under way and lets go of the lock. */
  async stop(): Promise<void> {
    const stopped = this.session.stop();
    this.timer.wake();
    await stopped;
  }

  /** Has the relay look at once. @returns false when it runs elsewhere */
  wake(): boolean {
    if (this.holding) this.timer.wake();
    return this.holding;
  }

  private async hold(client: Client): Promise<void> {
    client.on('end', () => {
      this.holding = false;
      this.timer.wake();
    });
    // An event that was shown must not be taken back by a crash, whatever the server's default is.
    await client.query(
      `SET idle_session_timeout = ${SILENCE_MS}; SET statement_timeout = 0; SET synchronous_commit = on`,
    );
    while (!this.session.isStopping && !(await tryRelayLock(client))) await this.timer.wait(HEARTBEAT_MS);
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
      this.session.works();
      if (performance.now() >= trimAt) {
        const trimmed = await trimBatch(client, this.settings.keptHours, TRIM_BATCH);
        if (trimmed < TRIM_BATCH) trimAt = performance.now() + TRIM_EVERY_MS;
        if (trimmed > 0) this.logger.info({ trimmed }, 'old events trimmed');
      }
      if (moved > 0 && moved < BATCH) await delay(GATHER_MS);
      if (moved < BATCH) await this.timer.wait(HEARTBEAT_MS);
    }
    // What was committed last need not wait for a successor.
    await this.move(client);
  }

  private async move(client: Client): Promise<number> {
    const moved = await moveBatch(client, BATCH);
    if (moved > 0) this.publish();
    return moved;
  }
}
