import type { DataSource } from 'typeorm';

/** `undefined_table` */
const DROPPED_MEANWHILE = '42P01';

/** The names of all tables with a row that has a text in a column, bytes included. */
export async function tablesWith(database: DataSource, text: RegExp): Promise<string[]> {
  const tables = await database.query<{ name: string }[]>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await database
      .query<object[]>(`SELECT t::text AS row, t.* FROM ${name} AS t`)
      .catch((error: { code?: string }) => {
        if (error.code === DROPPED_MEANWHILE) return [];
        throw error;
      });
    if (rows.some((row) => Object.values(row).some((value) => text.test(asText(value))))) {
      found.push(name.replace('public.', ''));
    }
  }
  return found;
}

function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return `${value.toString('utf8')} ${value.toString('utf16le')}`;
  return JSON.stringify(value) ?? '';
}
