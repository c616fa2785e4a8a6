import { LOGGER } from '@kit/service';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';

const EVERY_MS = 3_600_000;

/** The number of rows that one statement deletes. */
const BATCH = 1_000;

/** Selects the obsolete rows of a table. */
export interface Trimming {
  readonly table: string;
  /** An SQL condition without parameters. */
  readonly where: string;
}

/**
 * Deletes obsolete rows at the start and then every hour. Replicas delete different rows, and none waits for a locked
 * row, which is left for the next run.
 */
@Injectable()
export class Trimmer implements BeforeApplicationShutdown {
  private readonly trimmings: Trimming[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Call it in the constructor of a module, before `start`. */
  register(...trimmings: readonly Trimming[]): void {
    this.trimmings.push(...trimmings);
  }

  /** Starts the hourly runs. The database must be open. */
  start(): void {
    this.running = this.run().finally(() => {
      if (!this.stopped) this.timer = setTimeout(() => this.start(), EVERY_MS).unref();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    for (const trimming of this.trimmings) {
      const { table } = trimming;
      try {
        let deleted = 0;
        let last = BATCH;
        while (last === BATCH && !this.stopped) {
          last = await this.deleteBatch(trimming);
          deleted += last;
        }
        if (deleted > 0) this.logger.info({ table, deleted }, 'old rows deleted');
      } catch (error) {
        this.logger.warn({ err: error, table }, 'old rows could not be deleted');
      }
    }
  }

  private async deleteBatch({ table, where }: Trimming): Promise<number> {
    const [, deleted] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE ${where} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
    );
    return deleted;
  }
}
