import { LOGGER } from '@kit/service';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { TAG_COUNT_LOCK } from '../../database/advisory-locks.js';

const EVERY_MS = 5_000;

/** The number of changes that one transaction adds up. */
const BATCH = 10_000;

/** Adds the changes in `tag_changes` to `tag_counts`, every few seconds. Of several replicas, one at a time does it. */
@Injectable()
export class TagCounting implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Starts the regular runs. The database must be open. */
  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.run().finally(() => (this.running = undefined));
    }, EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /**
   * Adds up one batch. Readers see each change in one of the tables and never in both.
   * @returns the number of changes; 0 if another replica is at work
   */
  addUp(): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const [{ locked }] = await manager.query<[{ locked: boolean }]>(
        'SELECT pg_try_advisory_xact_lock($1) AS locked',
        [TAG_COUNT_LOCK],
      );
      if (!locked) return 0;
      const [{ taken }] = await manager.query<[{ taken: number }]>(
        `WITH taken AS (
           DELETE FROM tag_changes WHERE id = ANY (ARRAY(SELECT id FROM tag_changes ORDER BY id LIMIT ${BATCH}))
           RETURNING tag, delta
         ), added AS (
           INSERT INTO tag_counts AS c (tag, subscribers)
           SELECT tag, sum(delta) FROM taken GROUP BY tag HAVING sum(delta) <> 0
           ON CONFLICT (tag) DO UPDATE SET subscribers = c.subscribers + excluded.subscribers
         )
         SELECT count(*)::int AS taken FROM taken`,
      );
      if (taken > 0) await manager.query('DELETE FROM tag_counts WHERE subscribers = 0');
      return taken;
    });
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopped && (await this.addUp()) === BATCH);
    } catch (error) {
      this.logger.warn({ err: error }, 'changes of tags could not be added up');
    }
  }
}
