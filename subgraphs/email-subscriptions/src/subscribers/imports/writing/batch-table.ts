import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EntityManager } from 'typeorm';
import type { CheckedRow } from '../reading/row-parser.js';

/** The checked rows that the current transaction writes. */
export const BATCH_TABLE = 'pg_temp.import_batch';

/** The columns of the table, in the order of `lineOf`. */
const COLUMNS = `line integer PRIMARY KEY, id uuid NOT NULL, email text,
  email_normalized text COLLATE "C" NOT NULL, name text, search_text text COLLATE "C" NOT NULL, status text NOT NULL,
  pending_since timestamptz(3), bounced_at timestamptz(3), unsubscribed_at timestamptz(3),
  complained_at timestamptz(3), tags text[] NOT NULL, attributes jsonb NOT NULL, added_at timestamptz(3),
  confirmed_at timestamptz(3)`;

/** Characters with a meaning in the text format of COPY (PostgreSQL manual, COPY, File Formats). */
const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const NULL = '\\N';

/**
 * Copies rows into a temporary table, which is dropped when the caller's transaction ends.
 * @param lines of `lineOf`
 */
export async function fillBatchTable(manager: EntityManager, lines: Iterable<Buffer>): Promise<void> {
  // Without statistics Postgres would read whole tables for its joins. The batch is small: look its rows up.
  // If a crash of Postgres loses the transaction, it loses the position too, and the rows are written again.
  await manager.query(
    `CREATE TEMP TABLE import_batch (${COLUMNS}) ON COMMIT DROP;
     SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL synchronous_commit = off`,
  );
  const client = (await manager.queryRunner!.connect()) as Client;
  await pipeline(Readable.from(lines), client.query(copyFrom(`COPY ${BATCH_TABLE} FROM STDIN`)));
}

/** A row in the text format of COPY. */
export function lineOf(row: CheckedRow): string {
  const { facts } = row;
  return `${row.line}\t${row.id}\t${text(row.email)}\t${escaped(row.emailNormalized)}\t${text(row.name)}\t${escaped(
    row.searchText,
  )}\t${row.status}\t${time(facts.pendingSince)}\t${time(facts.bouncedAt)}\t${time(facts.unsubscribedAt)}\t${time(
    facts.complainedAt,
  )}\t${array(row.tags)}\t${escaped(JSON.stringify(row.attributes))}\t${time(row.addedAt)}\t${time(row.confirmedAt)}\n`;
}

function text(value: string | null): string {
  return value === null ? NULL : escaped(value);
}

function escaped(value: string): string {
  return value.replace(SPECIAL, (character) => ESCAPES[character]!);
}

function time(value: Date | null): string {
  return value === null ? NULL : value.toISOString();
}

function array(values: readonly string[]): string {
  if (values.length === 0) return '{}';
  return escaped(`{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`);
}
