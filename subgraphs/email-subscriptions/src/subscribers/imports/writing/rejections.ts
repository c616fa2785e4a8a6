import type { EntityManager } from 'typeorm';
import type { Rejection } from '../reading/row-parser.js';

/** How many rejected rows of an import are stored. All are counted. */
const MOST_STORED = 100_000;

/** Stores rejected rows of an import, in the caller's transaction. */
export async function storeRejections(
  manager: EntityManager,
  importId: string,
  rejections: readonly Rejection[],
  rejectedBefore: number,
): Promise<void> {
  const stored = rejections.slice(0, Math.max(MOST_STORED - rejectedBefore, 0));
  if (stored.length === 0) return;
  await manager.query(
    `INSERT INTO import_rejected_rows (import_id, line, "column", code, message, value)
     SELECT $1, g.* FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) AS g`,
    [
      importId,
      stored.map(({ line }) => line),
      stored.map(({ column }) => column),
      stored.map(({ code }) => code),
      stored.map(({ message }) => message),
      stored.map(({ value }) => value),
    ],
  );
}
