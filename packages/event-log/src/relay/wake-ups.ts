import { setTimeout as delay } from 'node:timers/promises';
import { WakeableTimer } from '@kit/service';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { DedicatedConnection, type DatabaseAddress } from '@kit/database';

/** `outbox`: events without a number were committed. `event_log`: events were numbered. */
export type Channel = 'outbox' | 'event_log';

const CHANNELS: readonly Channel[] = ['outbox', 'event_log'];

/** The pause between two notifications. */
const DEBOUNCE_MS = 5;

/** How often an idle connection is checked. A connection that only listens does not notice when the server is gone. */
const CHECK_EVERY_MS = 10_000;

/**
 * Wakes the other processes that use this database, with `LISTEN` and `NOTIFY` on a dedicated connection. In the
 * transactions of writers, `NOTIFY` would make them commit one after the other. A lost notification only costs time,
 * because all listeners poll as well.
 */
export class WakeUps {
  private readonly listeners: Record<Channel, (() => void)[]> = { outbox: [], event_log: [] };
  private readonly due = new Set<Channel>();
  private readonly timer = new WakeableTimer();
  private readonly session: DedicatedConnection;

  constructor(database: DatabaseAddress, logger: Logger) {
    this.session = new DedicatedConnection(
      database,
      'wake-ups',
      (client) => this.listenAndNotify(client),
      logger,
    );
  }

  start(): void {
    this.session.start();
  }

  async stop(): Promise<void> {
    const stopped = this.session.stop();
    this.timer.wake();
    await stopped;
  }

  /** Calls `onWake` for each notification of another process, and after a reconnect, which may have missed some. */
  listen(channel: Channel, onWake: () => void): void {
    this.listeners[channel].push(onWake);
  }

  /** Wakes the listeners in this process now, and those in other processes soon. */
  announce(channel: Channel): void {
    this.call(channel);
    this.notify(channel);
  }

  /** Wakes the listeners in other processes soon. */
  notify(channel: Channel): void {
    this.due.add(channel);
    this.timer.wake();
  }

  private async listenAndNotify(client: Client): Promise<void> {
    const { rows } = await client.query<{ id: number }>('SELECT pg_backend_pid() AS id');
    const ownProcessId = rows[0]?.id;
    // The next statement then fails with the reason.
    client.on('end', () => this.timer.wake());
    client.on('notification', ({ channel, processId }) => {
      if (processId !== ownProcessId) this.call(channel as Channel);
    });
    for (const channel of CHANNELS) await client.query(`LISTEN ${channel}`);
    this.session.markHealthy();
    for (const channel of CHANNELS) this.call(channel);
    while (!this.session.isStopping) await this.sendDue(client);
  }

  private async sendDue(client: Client): Promise<void> {
    if (this.due.size === 0) await this.timer.wait(CHECK_EVERY_MS);
    const statements = [...this.due].map((channel) => `NOTIFY ${channel}`);
    this.due.clear();
    await client.query(statements.join('; ') || 'SELECT 1');
    await delay(DEBOUNCE_MS);
  }

  private call(channel: Channel): void {
    for (const onWake of this.listeners[channel]) onWake();
  }
}
