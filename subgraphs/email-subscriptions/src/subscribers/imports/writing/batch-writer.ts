import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ImportEntity } from '../import.entity.js';
import { Additions } from './additions.js';
import { Changes } from './changes.js';
import type { Counts } from './counts.js';
import { DryRun } from './dry-run.js';
import type { StagedRange } from './staged-range.js';

/** Writes a range of checked rows to the list, in the caller's transaction. */
@Injectable()
export class BatchWriter {
  constructor(
    private readonly additions: Additions,
    private readonly changes: Changes,
    private readonly dryRun: DryRun,
  ) {}

  async write(manager: EntityManager, job: ImportEntity, range: StagedRange): Promise<Counts> {
    if (needsDuplicates(job)) {
      // The range is small and the stage large: with a hash join each batch would read the whole stage.
      await manager.query('SET LOCAL enable_hashjoin = off');
      await manager.query('SET LOCAL enable_mergejoin = off');
    }
    if (job.dryRun) return this.dryRun.count(manager, job, range);
    const { added, suppressed } = await this.additions.add(manager, job, range);
    const existing =
      job.onExisting === 'UPDATE'
        ? await this.changes.apply(manager, job, range)
        : { updated: 0, suppressed: 0, rejected: 0 };
    const counts = {
      added,
      updated: existing.updated,
      suppressed: suppressed + existing.suppressed + range.erased,
      rejected: existing.rejected,
    };
    const counted = added + counts.updated + counts.suppressed + counts.rejected;
    return { ...counts, unchanged: range.rows - counted };
  }
}

/** Whether the rows are compared with each other. Otherwise the list itself has the first row of an address. */
export function needsDuplicates({ dryRun, onExisting }: ImportEntity): boolean {
  return dryRun || onExisting === 'UPDATE';
}
