import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import type { WakeUps } from '../relay/wake-ups.js';
import { Consumer, type ConsumerOptions } from './consumer.js';

/** How far a consumer is behind the log. */
export interface ConsumerLag {
  readonly name: string;
  /** The number of events after its position. */
  readonly events: number;
  /** The age of the oldest of them, in milliseconds. If all were deleted, the time since it last processed one. */
  readonly lagMs: number;
}

/** The durable consumers of a log. */
export class Consumers {
  private readonly consumers = new Map<string, Consumer>();
  private isRunning = false;

  constructor(
    private readonly dataSource: DataSource,
    wakeUps: WakeUps,
    private readonly logger: Logger,
  ) {
    wakeUps.listen('event_log', () => {
      for (const consumer of this.consumers.values()) consumer.wake();
    });
  }

  add(options: ConsumerOptions): void {
    const { name } = options;
    if (this.consumers.has(name)) throw new Error(`two consumers have the name ${name}`);
    const consumer = new Consumer(options, this.dataSource, this.logger);
    this.consumers.set(name, consumer);
    if (this.isRunning) consumer.start();
  }

  start(): void {
    this.isRunning = true;
    for (const consumer of this.consumers.values()) consumer.start();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await Promise.all([...this.consumers.values()].map((consumer) => consumer.stop()));
  }

  /** @returns the lag of the consumers of this process, whichever process runs them now */
  async lag(): Promise<ConsumerLag[]> {
    if (this.consumers.size === 0) return [];
    return this.dataSource.query<ConsumerLag[]>(
      `SELECT c.name, (s.last_seq - c.seq)::float8 AS events,
         coalesce(round(extract(epoch FROM now() - coalesce(
           (SELECT occurred_at FROM event_log WHERE seq > c.seq ORDER BY seq LIMIT 1),
           CASE WHEN s.last_seq > c.seq THEN c.updated_at END
         )) * 1000), 0)::float8 AS "lagMs"
       FROM event_log_consumers c CROSS JOIN event_log_state s
       WHERE c.name = ANY ($1) ORDER BY c.name`,
      [[...this.consumers.keys()]],
    );
  }
}
