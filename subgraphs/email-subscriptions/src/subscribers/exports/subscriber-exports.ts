import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@kit/service';
import { DataSource, type EntityManager } from 'typeorm';
import type { Client } from 'pg';
import type { Config } from '../../config.js';
import type { Trimming } from '../../database/trimmer.js';
import type { Eraser } from '../erasure/erasers.js';
import {
  parseFilter,
  whereMatches,
  type FilterFields,
  type SubscriberFilter,
} from '../list/subscriber-filter.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import type { ExportField, ExportFormat } from './export-fields.js';
import { SubscriberExportEntity } from './subscriber-export.entity.js';

const LIFETIME_MS = 3_600_000;
const MOST_COUNTED = 100_000;

/** How long rows are counted, in milliseconds. */
const COUNT_MS = 1_000;

/** The code of Postgres for a statement that it stopped after its time limit. */
const QUERY_CANCELED = '57014';

/** Exports that can no longer be downloaded. */
export const EXPIRED_EXPORTS: Trimming = { table: 'subscriber_exports', where: 'expires_at < now()' };

/** Deletes the exports whose filter contains an address. Their links no longer work. */
export const forgetInFilters: Eraser = async (manager, { email, emailNormalized }) => {
  await manager.query(
    `DELETE FROM subscriber_exports WHERE EXISTS (
       SELECT FROM unnest($1::text[]) AS spelling WHERE strpos(lower(filter ->> 'query'), lower(spelling)) > 0)`,
    [[email ?? emailNormalized, emailNormalized]],
  );
};

export interface CreatedExport {
  readonly downloadUrl: string;
  readonly expiresAt: Date;
  readonly rows: { readonly value: number; readonly precision: 'EXACT' | 'ESTIMATED' };
}

/** The exports that wait for their download. The token is the only authority, and only its hash is stored. */
@Injectable()
export class SubscriberExports {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Pick<Config, 'PUBLIC_URL'>,
  ) {}

  /** @throws InvalidFilter */
  async create(
    format: ExportFormat,
    fields: ExportField[],
    filter: FilterFields,
    createdBy: string,
  ): Promise<CreatedExport> {
    const rows = await this.size(parseFilter(filter));
    const token = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
    await this.dataSource.manager.insert(SubscriberExportEntity, {
      tokenHash: hashOf(token),
      format,
      fields,
      filter: filter as object,
      createdBy,
      expiresAt,
    });
    return { downloadUrl: `${this.config.PUBLIC_URL}/files/${token}`, expiresAt, rows };
  }

  /** @returns null if the token is unknown or spent, or has expired */
  find(token: string): Promise<SubscriberExportEntity | null> {
    return this.dataSource
      .createQueryBuilder(SubscriberExportEntity, 'e')
      .where('e.tokenHash = :hash AND e.expiresAt > now()', { hash: hashOf(token) })
      .getOne();
  }

  /** Spends a token. @returns whether it was valid, which is true once */
  async spend(session: Client, token: string): Promise<boolean> {
    const { rowCount } = await session.query(
      'DELETE FROM subscriber_exports WHERE token_hash = $1 AND expires_at > now()',
      [hashOf(token)],
    );
    return rowCount === 1;
  }

  /** Counts up to a bound and for a while, and beyond that takes the estimate of the planner. */
  private async size(filter: SubscriberFilter): Promise<CreatedExport['rows']> {
    const { manager } = this.dataSource;
    const [statement, parameters] = matching(manager, filter);
    const value = await this.counted(statement, parameters);
    if (value !== null && value <= MOST_COUNTED) return { value, precision: 'EXACT' };
    const [{ 'QUERY PLAN': plan }] = await manager.query<
      [{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }]
    >(`EXPLAIN (FORMAT JSON) ${statement}`, parameters);
    return { value: Math.max(value ?? 0, plan[0].Plan['Plan Rows']), precision: 'ESTIMATED' };
  }

  /** @returns null if it takes too long, because no index has the rows of the filter */
  private async counted(statement: string, parameters: unknown[]): Promise<number | null> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        await manager.query(`SET LOCAL statement_timeout = ${COUNT_MS}`);
        const [{ value }] = await manager.query<[{ value: number }]>(
          `SELECT count(*)::int AS value FROM (${statement} LIMIT ${MOST_COUNTED + 1}) AS rows`,
          parameters,
        );
        return value;
      });
    } catch (error) {
      if ((error as { code?: unknown }).code === QUERY_CANCELED) return null;
      throw error;
    }
  }
}

/** The filter of an export as it was given. JSON has no times. */
export function storedFilter({ filter }: SubscriberExportEntity): SubscriberFilter {
  const { addedAt, ...rest } = filter;
  const time = (value: Date | null | undefined) => (value ? new Date(value) : null);
  return parseFilter({
    ...rest,
    addedAt: addedAt ? { from: time(addedAt.from), before: time(addedAt.before) } : null,
  });
}

function matching(manager: EntityManager, filter: SubscriberFilter): [string, unknown[]] {
  const query = manager.createQueryBuilder(SubscriberEntity, 's').select('s.id', 'id');
  whereMatches(query, filter);
  return query.getQueryAndParameters() as [string, unknown[]];
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
