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
    const fresh = await manager.query<{ email: string; isFirst: boolean }[]>(
      `SELECT r.email_normalized AS email, s.line IS NOT NULL AS "isFirst"
         FROM ${range.stage.table} AS r LEFT JOIN ${firstRowsOf(range.stage)} USING (line)
        WHERE r.line > $1 AND r.line <= $2 AND r.email IS NOT NULL AND NOT EXISTS (
          SELECT FROM subscribers AS e WHERE e.email_normalized = r.email_normalized)`,
      [range.after, range.through],
    );
    const erased = (await this.suppressions.exist(manager))
      ? await this.suppressions.among(manager, [...new Set(fresh.map(({ email }) => email))])
      : new Set();
    const suppressed = fresh.filter(({ email }) => erased.has(email)).length;
    const existing = onExisting === 'SKIP' ? [] : await existingRows(manager, range, { lock: false });
    const count = (verdict: string) => existing.filter((row) => verdictOf(row) === verdict).length;
    const counts = {
      added: fresh.filter(({ email, isFirst }) => isFirst && !erased.has(email)).length,
      updated: count('updated'),
      suppressed: suppressed + range.erased + count('suppressed'),
      rejected: count('rejected'),
    };
    const { added, updated, rejected } = counts;
    return { ...counts, unchanged: range.rows - added - updated - counts.suppressed - rejected };
  }
}
