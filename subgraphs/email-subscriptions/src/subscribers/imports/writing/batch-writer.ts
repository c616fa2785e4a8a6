import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ImportEntity } from '../import.entity.js';
import type { FilePart } from '../reading/file-part.js';
import { Additions } from './additions.js';
import { fillBatchTable } from './batch-table.js';
import { Changes } from './changes.js';
import type { Counts } from './counts.js';
import { DryRun } from './dry-run.js';
import { rememberAddresses } from './file-addresses.js';
import { storeRejections } from './rejections.js';

/** Writes rows of a file to the list, in the caller's transaction. */
@Injectable()
export class BatchWriter {
  constructor(
    private readonly additions: Additions,
    private readonly changes: Changes,
    private readonly dryRun: DryRun,
  ) {}

  async write(manager: EntityManager, job: ImportEntity, parts: readonly FilePart[]): Promise<Counts> {
    const rejections = parts.flatMap((part) => part.rejections);
    await storeRejections(manager, job.id, rejections, job.rejected);
    const rows = parts.reduce((sum, { valid }) => sum + valid, 0);
    const erased = parts.reduce((sum, { erased }) => sum + erased, 0);
    const counts = { added: 0, updated: 0, suppressed: 0, rejected: 0 };
    if (rows > 0) {
      await fillBatchTable(
        manager,
        parts.flatMap(({ lines }) => lines),
      );
      const rejected = job.rejected + rejections.length;
      Object.assign(counts, await this.writeBatchTable(manager, job, rejected));
    }
    const { added, updated, suppressed, rejected } = counts;
    return {
      added,
      updated,
      unchanged: rows - erased - added - updated - suppressed - rejected,
      suppressed: suppressed + erased,
      rejected: rejected + rejections.length,
    };
  }

  /** @returns what became of the rows whose address was not erased from the file. Those that do not count are unchanged. */
  private async writeBatchTable(
    manager: EntityManager,
    job: ImportEntity,
    rejected: number,
  ): Promise<Omit<Counts, 'unchanged'>> {
    // Otherwise the list itself has the first row of an address.
    if (job.dryRun || job.onExisting === 'UPDATE') await rememberAddresses(manager, job.id);
    if (job.dryRun) return this.dryRun.count(manager, job);
    const { added, suppressed } = await this.additions.add(manager, job);
    if (job.onExisting === 'SKIP') return { added, updated: 0, suppressed, rejected: 0 };
    const existing = await this.changes.apply(manager, job, rejected);
    return { ...existing, added, suppressed: suppressed + existing.suppressed };
  }
}
