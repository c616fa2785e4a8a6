import { setTimeout as delay } from 'node:timers/promises';
import { WakeableTimer } from '@supergraph/service/wakeable-timer';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { DedicatedConnection } from '../database/dedicated-connection.js';

/** `outbox`: something was committed that has no number yet. `event_log`: something was numbered. */
export type Channel = 'outbox' | 'event_log';

const CHANNELS: readonly Channel[] = ['outbox', 'event_log'];

/** At most one notification in so many milliseconds. */
const DEBOUNCE_MS = 5;

/** How often a connection that nobody needed is tried: who only listens does not notice when nobody is there. */
const TRY_EVERY_MS = 10_000;

/**
 * Tells the other processes over this database to look, by `LISTEN` and `NOTIFY` on a connection of its own. In a
 * writer's transaction `NOTIFY` would make all writers commit one after the other. Nothing depends on it: whoever
 * is not woken looks by itself a little later.
 */
export class WakeUps {
  private readonly listeners: Record<Channel, (() => void)[]> = { outbox: [], event_log: [] };
  private readonly due = new Set<Channel>();
  private readonly timer = new WakeableTimer();
  private readonly session: DedicatedConnection;

  constructor(databaseUrl: string, logger: Logger) {
    this.session = new DedicatedConnection(
      databaseUrl,
      'wake-ups',
      (client) => this.listenAndTell(client),
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

  /** Has `look` called whenever another process says so, and when we may have missed that. */
  listen(channel: Channel, look: () => void): void {
    this.listeners[channel].push(look);
  }

  /** Tells this process at once, and the others soon. */
  announce(channel: Channel): void {
    this.call(channel);
    this.notify(channel);
  }

  /** Tells the other processes, soon. */
  notify(channel: Channel): void {
    this.due.add(channel);
    this.timer.wake();
  }

  private async listenAndTell(client: Client): Promise<void> {
    const { rows } = await client.query<{ id: number }>('SELECT pg_backend_pid() AS id');
    const ownProcessId = rows[0]?.id;
    // The next statement then tells what happened.
    client.on('end', () => this.timer.wake());
    client.on('notification', ({ channel, processId }) => {
      if (processId !== ownProcessId) this.call(channel as Channel);
    });
    for (const channel of CHANNELS) await client.query(`LISTEN ${channel}`);
    this.session.works();
    for (const channel of CHANNELS) this.call(channel);
    while (!this.session.isStopping) await this.tell(client);
  }

  private async tell(client: Client): Promise<void> {
    if (this.due.size === 0) await this.timer.wait(TRY_EVERY_MS);
    const statements = [...this.due].map((channel) => `NOTIFY ${channel}`);
    this.due.clear();
    await client.query(statements.join('; ') || 'SELECT 1');
    await delay(DEBOUNCE_MS);
  }

  private call(channel: Channel): void {
    for (const look of this.listeners[channel]) look();
  }
}
