import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource, EntityManager } from 'typeorm';
import type { StagedRow } from '../reading/row-parser.js';

/** The columns of the stage, in the order of `lineOf`. */
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
 * The checked rows of an import, in a table of their own, without a write-ahead log. A crash of Postgres empties it, and
 * the import fills another one.
 */
export class Stage {
  private constructor(readonly table: string) {}

  static of(table: string): Stage {
    return new Stage(table);
  }

  /** Creates the stage of an attempt in the caller's transaction, and drops those of earlier ones. */
  static async create(
    manager: EntityManager,
    { id, attempt }: { readonly id: string; readonly attempt: number },
    { findsDuplicates }: { readonly findsDuplicates: boolean },
  ): Promise<Stage> {
    await Stage.drop(manager, id);
    const stage = new Stage(`${prefixOf(id)}${attempt}`);
    await manager.query(`CREATE UNLOGGED TABLE ${stage.table} (${COLUMNS})`);
    if (findsDuplicates) await manager.query(`CREATE INDEX ON ${stage.table} (email_normalized, line)`);
    return stage;
  }

  /** Drops all stages of an import. */
  static async drop(manager: EntityManager, importId: string): Promise<void> {
    for (const table of await Stage.tablesOf(manager, importId)) {
      await manager.query(`DROP TABLE IF EXISTS ${table}`);
    }
  }

  static async tablesOf(manager: EntityManager, importId: string): Promise<string[]> {
    const tables = await manager.query<{ name: string }[]>(
      `SELECT relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND starts_with(relname, $1)`,
      [prefixOf(importId)],
    );
    return tables.map(({ name }) => name);
  }

  /** @param lines of `lineOf` */
  async copy(dataSource: DataSource, lines: string): Promise<void> {
    if (lines === '') return;
    const runner = dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as Client;
      const stream = client.query(copyFrom(`COPY ${this.table} FROM STDIN`));
      stream.end(lines);
      await finished(stream);
    } finally {
      await runner.release();
    }
  }

  /** Analyzes the table, so that Postgres plans its joins well. */
  async analyze(manager: EntityManager): Promise<void> {
    await manager.query(`ANALYZE ${this.table}`);
  }

  /** The number of rows up to a line. */
  async countThrough(manager: EntityManager, line: number): Promise<number> {
    const [{ count }] = await manager.query<[{ count: number }]>(
      `SELECT count(*)::int FROM ${this.table} WHERE line <= $1`,
      [line],
    );
    return count;
  }

  /** Whether the table exists and has rows. A crash of Postgres empties it. */
  async hasRows(manager: EntityManager): Promise<boolean> {
    const [{ exists }] = await manager.query<[{ exists: boolean }]>(
      'SELECT to_regclass($1) IS NOT NULL AS exists',
      [this.table],
    );
    if (!exists) return false;
    const [{ filled }] = await manager.query<[{ filled: boolean }]>(
      `SELECT EXISTS (SELECT FROM ${this.table}) AS filled`,
    );
    return filled;
  }
}

function prefixOf(importId: string): string {
  return `import_stage_${importId.replaceAll('-', '')}_`;
}

/** A row in the text format of COPY. */
export function lineOf(row: StagedRow): string {
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
