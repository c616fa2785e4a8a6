import { LOGGER } from '@kit/service';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { ImportRun } from './import-run.js';

const EVERY_MS = 3_600_000;

/**
 * Deletes imports that ended 30 days ago, with their rejected rows, and those that have waited for a file for a day. It
 * also deletes what an import that has ended left behind. It runs at the start and then every hour.
 */
@Injectable()
export class ImportRetention implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly run: ImportRun,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Starts the hourly runs. The database must be open. */
  start(): void {
    const run = () => {
      this.running = this.trim().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'old imports could not be deleted'),
      );
    };
    run();
    this.timer = setInterval(run, EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  async trim(): Promise<void> {
    const leftBehind = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM subscriber_imports WHERE status IN ('FINISHED', 'CANCELLED', 'FAILED') AND (
         EXISTS (SELECT FROM import_chunks WHERE import_id = id) OR EXISTS (
           SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
             AND starts_with(relname, 'import_addresses_' || replace(id::text, '-', ''))))`,
    );
    for (const { id } of leftBehind) await this.run.clear(id);
    await this.dataSource.query(
      `DELETE FROM subscriber_imports WHERE finished_at < now() - interval '30 days'
         OR status = 'WAITING_FOR_FILE' AND created_at < now() - interval '1 day'
           AND (upload_seen_at IS NULL OR upload_seen_at < now() - interval '1 hour')`,
    );
  }
}
