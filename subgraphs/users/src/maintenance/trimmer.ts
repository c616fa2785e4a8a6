import { CONFIG, LOGGER } from '@kit/service';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { Config } from '../config.js';
import { trimBatch } from './trimming.js';
import { trimmings } from './trimmings.js';

const EVERY_MS = 3_600_000;

/** Deletes obsolete rows at the start and then every hour. Only one replica deletes at a time. */
@Injectable()
export class Trimmer implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Starts the hourly runs. The database must be open. */
  start(): void {
    this.running = this.run().finally(() => {
      if (this.stopped) return;
      // Jitter, so that replicas that started together do not run at the same time.
      this.timer = setTimeout(() => this.start(), EVERY_MS * (0.9 + 0.2 * Math.random())).unref();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Rows that cannot be deleted now are deleted in the next run. */
  private async run(): Promise<void> {
    for (const trimming of trimmings(this.config)) {
      const { table } = trimming;
      try {
        let deleted = 0;
        let more = true;
        while (more && !this.stopped) {
          const batch = await this.dataSource.transaction((manager) => trimBatch(manager, trimming));
          deleted += batch.deleted;
          more = batch.more;
        }
        if (deleted > 0) this.logger.info({ table, deleted }, 'old rows deleted');
      } catch (error) {
        this.logger.warn({ err: error, table }, 'old rows could not be deleted');
      }
    }
  }
}
