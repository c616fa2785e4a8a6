import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOGGER, SETTINGS, type Settings } from '../core.module.js';
import { trimBatch } from './trimming.js';
import { trimmings } from './trimmings.js';

const EVERY_MS = 3_600_000;

/** Deletes what nobody needs any more, at start and then every hour, in whichever replica comes first. */
@Injectable()
export class Trimmer implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** To be called once the database is open. */
  start(): void {
    this.running = this.run().finally(() => {
      if (this.stopped) return;
      // Replicas that were started together part.
      this.timer = setTimeout(() => this.start(), EVERY_MS * (0.9 + 0.2 * Math.random())).unref();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** What cannot be deleted now is deleted the next time. */
  private async run(): Promise<void> {
    for (const trimming of trimmings(this.settings)) {
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
