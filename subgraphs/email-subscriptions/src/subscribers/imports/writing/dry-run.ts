import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Suppressions } from '../../keys/suppressions.js';
import type { ImportEntity } from '../import.entity.js';
import { BATCH_TABLE } from './batch-table.js';
import type { Counts } from './counts.js';
import { existingRows, verdictOf } from './existing-rows.js';
import { firstRowsOf } from './file-addresses.js';

/** Says what an import would do to the present list. It changes nothing. */
@Injectable()
export class DryRun {
  constructor(private readonly suppressions: Suppressions) {}

  async count(manager: EntityManager, { id, onExisting }: ImportEntity): Promise<Omit<Counts, 'unchanged'>> {
    const fresh = await manager.query<{ email: string; isFirst: boolean }[]>(
      `SELECT r.email_normalized AS email, s.line IS NOT NULL AS "isFirst"
         FROM ${BATCH_TABLE} AS r LEFT JOIN ${firstRowsOf(id)} AS s USING (line)
        WHERE r.email IS NOT NULL AND NOT EXISTS (
          SELECT FROM subscribers AS e WHERE e.email_normalized = r.email_normalized)`,
    );
    const erased = (await this.suppressions.exist(manager))
      ? await this.suppressions.among(manager, [...new Set(fresh.map(({ email }) => email))])
      : new Set();
    const suppressed = fresh.filter(({ email }) => erased.has(email)).length;
    const existing = onExisting === 'SKIP' ? [] : await existingRows(manager, id, { lock: false });
    const count = (verdict: string) => existing.filter((row) => verdictOf(row) === verdict).length;
    return {
      added: fresh.filter(({ email, isFirst }) => isFirst && !erased.has(email)).length,
      updated: count('updated'),
      suppressed: suppressed + count('suppressed'),
      rejected: count('rejected'),
    };
  }
}
