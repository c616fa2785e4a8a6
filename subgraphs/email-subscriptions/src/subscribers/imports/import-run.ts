import { Inject, Injectable } from '@nestjs/common';
import { isDatabaseAway, LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { ClaimLost, type ImportClaim, ImportLease } from './import-lease.js';
import { ImportEntity } from './import.entity.js';
import type { FilePart } from './reading/file-part.js';
import { ImportProblem } from './reading/import-problem.js';
import { ImportReading } from './reading/import-reading.js';
import { deleteChunks } from './upload/import-chunks.js';
import { BatchWriter } from './writing/batch-writer.js';
import { forgetAddresses } from './writing/file-addresses.js';

/** The number of parts that one transaction writes, about 10,000 rows. After a statement took too long it is less. */
const BATCH = 10;

const UNEXPECTED = 'The import stopped because of an unexpected error. Ask an operator to look at the log.';

const STAYS = 'What was imported before stays.';

/** The code of Postgres for a statement that it stopped after its time limit. */
const QUERY_CANCELED = '57014';

/** How an import ends. */
type Outcome = Pick<ImportEntity, 'problem'> & { readonly status: 'FINISHED' | 'FAILED' };

/** Runs an import from where it stands to its end. */
@Injectable()
export class ImportRun {
  private batch = BATCH;

  constructor(
    private readonly dataSource: DataSource,
    private readonly lease: ImportLease,
    private readonly reading: ImportReading,
    private readonly writer: BatchWriter,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param signal stops it between two steps; another worker goes on */
  async run(claim: ImportClaim, signal: AbortSignal): Promise<void> {
    const stopRenewal = this.lease.keep(claim, (error) =>
      this.logger.debug({ err: error }, 'import not renewed'),
    );
    try {
      await this.writeAll(claim, signal).catch((error: unknown) => this.fail(claim, error, signal));
    } catch (error) {
      if (!(error instanceof ClaimLost)) throw error;
      // Cancelled, or another worker goes on.
      await this.clearIfEnded(claim.id);
    } finally {
      stopRenewal();
    }
  }

  /** Reads the next batch while one is written. */
  private async writeAll(claim: ImportClaim, signal: AbortSignal): Promise<void> {
    const job = await this.lease.hold(claim, (_, locked) => Promise.resolve(locked));
    const batches = this.reading.batches(job, BATCH, signal);
    try {
      for (let next = batches.next(); ;) {
        const { value: batch, done } = await next;
        signal.throwIfAborted();
        if (done) break;
        next = batches.next();
        // It is awaited after the batch is written.
        next.catch(() => {});
        await this.write(claim, batch, signal);
      }
    } finally {
      await batches.return(undefined).catch(() => {});
    }
    await this.end(claim, { status: 'FINISHED', problem: null });
  }

  private async write(claim: ImportClaim, batch: readonly FilePart[], signal: AbortSignal): Promise<void> {
    for (let first = 0; first < batch.length;) {
      signal.throwIfAborted();
      const parts = batch.slice(first, first + this.batch);
      try {
        await this.lease.hold(claim, (manager, job) => this.writeParts(manager, job, parts));
        first += parts.length;
        this.batch = Math.min(2 * this.batch, BATCH);
      } catch (error) {
        if (!isTimeout(error) || parts.length === 1) throw error;
        this.batch = Math.floor(parts.length / 2);
        this.logWait(claim, error);
      }
    }
  }

  private async writeParts(
    manager: EntityManager,
    job: ImportEntity,
    parts: readonly FilePart[],
  ): Promise<void> {
    const { added, updated, unchanged, suppressed, rejected } = await this.writer.write(manager, job, parts);
    await manager.update(ImportEntity, job.id, {
      position: Math.max(job.position, ...parts.map(({ lastLine }) => lastLine ?? 0)),
      // After a takeover the start of the file is read again.
      bytesRead: Math.max(job.bytesRead, parts.at(-1)!.bytesRead),
      rowsRead: job.rowsRead + parts.reduce((sum, { rows }) => sum + rows, 0),
      added: job.added + added,
      updated: job.updated + updated,
      unchanged: job.unchanged + unchanged,
      suppressed: job.suppressed + suppressed,
      rejected: job.rejected + rejected,
    });
  }

  private async end(claim: ImportClaim, { status, problem }: Outcome): Promise<void> {
    await this.lease.hold(claim, async (manager, job) => {
      await manager.update(ImportEntity, claim.id, {
        status,
        problem: problem !== null && job.rowsRead > 0 && !job.dryRun ? `${problem} ${STAYS}` : problem,
        finishedAt: () => 'now()',
        leasedUntil: null,
      });
      await this.clear(claim.id, manager);
      const { rowsRead, added, updated, unchanged, suppressed, rejected } = job;
      this.logger.info(
        {
          importId: claim.id,
          status,
          rowsRead,
          added,
          updated,
          unchanged,
          suppressed,
          rejected,
        },
        'import done',
      );
    });
  }

  private async fail(claim: ImportClaim, error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof ClaimLost) throw error;
    if (signal.aborted && signal.reason === error) {
      await this.lease.release(claim);
    } else if (isDatabaseAway(error) || isPassing(error)) {
      this.logWait(claim, error);
      await this.lease.release(claim).catch(() => {});
    } else if (error instanceof ImportProblem) {
      await this.end(claim, { status: 'FAILED', problem: error.message });
    } else {
      this.logger.error({ err: error, importId: claim.id }, 'an import failed');
      await this.end(claim, { status: 'FAILED', problem: UNEXPECTED });
    }
  }

  private logWait({ id }: ImportClaim, error: unknown): void {
    this.logger.warn({ err: error, importId: id }, 'an import waits: the database did not respond');
  }

  /** Deletes the file and the addresses of an import that has ended. */
  async clear(importId: string, manager = this.dataSource.manager): Promise<void> {
    await deleteChunks(manager, importId);
    await forgetAddresses(manager, importId);
  }

  private async clearIfEnded(importId: string): Promise<void> {
    const runs = await this.dataSource.manager.existsBy(ImportEntity, { id: importId, status: 'RUNNING' });
    if (!runs) await this.clear(importId);
  }
}

/** Whether Postgres rolled back a transaction that may succeed when it is repeated: after a deadlock (class 40) too. */
function isPassing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return isTimeout(error) || (typeof code === 'string' && code.startsWith('40'));
}

/** Whether a statement waited too long for a lock, such as that of a migration, or for the disk. */
function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === QUERY_CANCELED;
}
