import type { EntityManager } from 'typeorm';
import type { Stage } from './stage.js';

/** Rows of a stage that are written in one transaction, by their lines. */
export interface StagedRange {
  readonly stage: Stage;
  /** The line before the first row. */
  readonly after: number;
  /** The line of the last row. */
  readonly through: number;
  readonly rows: number;
  /** Of these, the rows whose address was erased from the file. */
  readonly erased: number;
}

/** The next rows after a line; null if the stage has none. */
export async function nextRange(
  manager: EntityManager,
  stage: Stage,
  after: number,
  limit: number,
): Promise<StagedRange | null> {
  const [{ through, rows, erased }] = await manager.query<
    [{ through: number | null; rows: number; erased: number }]
  >(
    `SELECT max(line) AS through, count(*)::int AS rows, count(*) FILTER (WHERE email IS NULL)::int AS erased
       FROM (SELECT line, email FROM ${stage.table} WHERE line > $1 ORDER BY line LIMIT $2) AS next`,
    [after, limit],
  );
  return through === null ? null : { stage, after, through, rows, erased };
}

/** The rows of the range `$1` to `$2` as `s`, without those whose address is in an earlier row of the file. */
export function firstRowsOf({ table }: Stage): string {
  return `(SELECT * FROM ${table} AS r WHERE line > $1 AND line <= $2 AND NOT EXISTS (
    SELECT FROM ${table} AS e WHERE e.email_normalized = r.email_normalized AND e.line < r.line)) AS s`;
}
