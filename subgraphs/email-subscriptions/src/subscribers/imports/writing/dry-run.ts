import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Suppressions } from '../../keys/suppressions.js';
import type { ImportEntity } from '../import.entity.js';
import type { Counts } from './counts.js';
import { existingRows, verdictOf } from './existing-rows.js';
import { firstRowsOf, type StagedRange } from './staged-range.js';

/** Says what an import would do to the present list. It changes nothing. */
@Injectable()
export class DryRun {
  constructor(private readonly suppressions: Suppressions) {}

  async count(manager: EntityManager, { onExisting }: ImportEntity, range: StagedRange): Promise<Counts> {
    const fresh = await manager.query<{ email: string }[]>(
      `SELECT s.email_normalized AS email FROM ${firstRowsOf(range.stage)}
        WHERE s.email IS NOT NULL AND NOT EXISTS (
          SELECT FROM subscribers AS e WHERE e.email_normalized = s.email_normalized)`,
      [range.after, range.through],
    );
    const emails = fresh.map(({ email }) => email);
    const suppressed = (await this.suppressions.exist(manager))
      ? (await this.suppressions.among(manager, emails)).size
      : 0;
    const existing = onExisting === 'SKIP' ? [] : await existingRows(manager, range, { lock: false });
    const count = (verdict: string) => existing.filter((row) => verdictOf(row) === verdict).length;
    const counts = {
      added: emails.length - suppressed,
      updated: count('updated'),
      suppressed: suppressed + range.erased + count('suppressed'),
      rejected: count('rejected'),
    };
    const { added, updated, rejected } = counts;
    return { ...counts, unchanged: range.rows - added - updated - counts.suppressed - rejected };
  }
}
