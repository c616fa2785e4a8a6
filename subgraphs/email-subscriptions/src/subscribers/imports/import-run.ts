import { Inject, Injectable } from '@nestjs/common';
import { isDatabaseAway, LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { ClaimLost, type ImportClaim, ImportLease } from './import-lease.js';
import { ImportReading } from './import-reading.js';
import { ImportEntity } from './import.entity.js';
import { ImportProblem } from './reading/import-problem.js';
import { deleteChunks } from './upload/import-chunks.js';
import { BatchWriter } from './writing/batch-writer.js';
import { nextRange } from './writing/staged-range.js';
import { Stage } from './writing/stage.js';

/** The number of rows that one transaction writes. After a statement took too long it is less for a while. */
const BATCH = 10_000;
const SMALLEST_BATCH = 100;

const UNEXPECTED =
  'The import stopped because of an unexpected error. What was imported stays. Ask an operator to look at the log.';

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
      while (!signal.aborted && (await this.step(claim, signal)));
      if (signal.aborted) await this.lease.release(claim);
    } catch (error) {
      if (signal.aborted && signal.reason === error) return this.lease.release(claim);
      await this.fail(claim, error);
    } finally {
      stopRenewal();
    }
  }

  /** @returns whether there is more to do */
  private async step(claim: ImportClaim, signal: AbortSignal): Promise<boolean> {
    const next = await this.lease.hold(claim, async (manager, job) => {
      if (job.stage === null || job.lastLine === null) return 'read';
      if (job.position >= job.lastLine) return 'finish';
      const stage = Stage.of(job.stage);
      const range =
        (await stage.hasRows(manager)) && (await nextRange(manager, stage, job.position, this.batch));
      // A crash of Postgres has emptied the stage.
      if (!range) return 'read';
      const counts = await this.writer.write(manager, job, range);
      await manager.query(
        `UPDATE subscriber_imports SET position = $2, added = added + $3, updated = updated + $4,
           unchanged = unchanged + $5, suppressed = suppressed + $6, rejected = rejected + $7
         WHERE id = $1`,
        [
          job.id,
          range.through,
          counts.added,
          counts.updated,
          counts.unchanged,
          counts.suppressed,
          counts.rejected,
        ],
      );
      return 'write';
    });
    if (next === 'write') this.batch = Math.min(2 * this.batch, BATCH);
    if (next === 'read') await this.reading.fill(claim, signal);
    if (next === 'finish') await this.end(claim, { status: 'FINISHED', problem: null });
    return next !== 'finish';
  }

  private async end(claim: ImportClaim, outcome: Outcome): Promise<void> {
    await this.lease.hold(claim, async (manager, job) => {
      await manager.update(ImportEntity, claim.id, {
        ...outcome,
        finishedAt: () => 'now()',
        stage: null,
        leasedUntil: null,
      });
      await this.clear(claim.id, manager);
      const { rowsRead, added, updated, unchanged, suppressed, rejected } = job;
      this.logger.info(
        {
          importId: claim.id,
          status: outcome.status,
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

  private async fail(claim: ImportClaim, error: unknown): Promise<void> {
    if (error instanceof ClaimLost || isStageGone(error)) {
      // Cancelled, or a worker goes on.
      await this.clearIfEnded(claim.id);
    } else if (isDatabaseAway(error) || isPassing(error)) {
      if (isTimeout(error)) this.batch = Math.max(Math.floor(this.batch / 2), SMALLEST_BATCH);
      this.logger.warn({ err: error, importId: claim.id }, 'an import waits: the database did not respond');
      await this.lease.release(claim).catch(() => {});
    } else if (error instanceof ImportProblem) {
      await this.end(claim, { status: 'FAILED', problem: error.message });
    } else {
      this.logger.error({ err: error, importId: claim.id }, 'an import failed');
      await this.end(claim, { status: 'FAILED', problem: UNEXPECTED });
    }
  }

  /** Deletes the file and the stage of an import that has ended. */
  async clear(importId: string, manager = this.dataSource.manager): Promise<void> {
    await deleteChunks(manager, importId);
    await Stage.drop(manager, importId);
  }

  private async clearIfEnded(importId: string): Promise<void> {
    const runs = await this.dataSource.manager.existsBy(ImportEntity, { id: importId, status: 'RUNNING' });
    if (!runs) await this.clear(importId);
  }
}

/** Whether the stage was dropped while rows were copied to it: by a cancellation or an erasure. */
function isStageGone(error: unknown): boolean {
  return (error as { code?: unknown }).code === '42P01';
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
