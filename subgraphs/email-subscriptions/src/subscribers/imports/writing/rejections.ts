import type { EntityManager } from 'typeorm';
import type { Rejection } from '../reading/row-parser.js';

/** How many rejected rows of an import are stored. All are counted. */
const MOST_STORED = 100_000;

/** Stores rejected rows of an import, in the caller's transaction. */
export async function storeRejections(
  manager: EntityManager,
  importId: string,
  rejections: readonly Rejection[],
): Promise<void> {
  if (rejections.length === 0) return;
  await manager.query(
    `INSERT INTO import_rejected_rows (import_id, line, "column", code, message, value)
     SELECT $1, g.* FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) AS g
      WHERE (SELECT rejected FROM subscriber_imports WHERE id = $1) < ${MOST_STORED}
     ON CONFLICT DO NOTHING`,
    [
      importId,
      rejections.map(({ line }) => line),
      rejections.map(({ column }) => column),
      rejections.map(({ code }) => code),
      rejections.map(({ message }) => message),
      rejections.map(({ value }) => value),
    ],
  );
}
