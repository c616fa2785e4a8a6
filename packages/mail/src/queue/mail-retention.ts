import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { MAIL_OPTIONS, type MailOptions } from '../mail-options.js';

const EVERY_MS = 3_600_000;
const DEFAULT_DAYS = 30;

/** The number of rows that one statement deletes. */
const BATCH = 1_000;

/** Deletes jobs that have been done for long, at the start and then every hour. Replicas delete different rows. */
@Injectable()
export class MailRetention implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(MAIL_OPTIONS) private readonly options: MailOptions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Starts the hourly runs. The database must be open. */
  start(): void {
    const run = () => void (this.running = this.run());
    run();
    this.timer = setInterval(run, EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    const table = 'mail_jobs';
    try {
      let deleted = 0;
      let last = BATCH;
      while (last === BATCH && !this.stopped) {
        last = await this.deleteBatch();
        deleted += last;
      }
      if (deleted > 0) this.logger.info({ table, deleted }, 'old rows deleted');
    } catch (error) {
      this.logger.warn({ err: error, table }, 'old rows could not be deleted');
    }
  }

  private async deleteBatch(): Promise<number> {
    const [, deleted] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM mail_jobs WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM mail_jobs WHERE done_at < now() - $1 * interval '1 day'
          LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
      [this.options.retentionDays ?? DEFAULT_DAYS],
    );
    return deleted;
  }
}
