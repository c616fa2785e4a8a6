import type { EntityManager } from 'typeorm';
import { BATCH_TABLE } from './batch-table.js';

/** The first rows of their addresses in the file, of the rows that the current transaction writes. */
export function firstRowsOf(importId: string): string {
  return `(${BATCH_TABLE} JOIN ${tableOf(importId)} USING (email_normalized, line))`;
}

/** Remembers which line of the file is the first one of each address, in the transaction that writes these lines. */
export async function rememberAddresses(manager: EntityManager, importId: string): Promise<void> {
  const table = tableOf(importId);
  await manager.query(
    `CREATE TABLE IF NOT EXISTS ${table} (email_normalized text COLLATE "C" PRIMARY KEY, line integer NOT NULL)`,
  );
  await manager.query(
    `INSERT INTO ${table} SELECT email_normalized, line FROM ${BATCH_TABLE} WHERE email IS NOT NULL ORDER BY line
     ON CONFLICT DO NOTHING`,
  );
}

/** Forgets an address that is erased. */
export async function forgetAddress(
  manager: EntityManager,
  importId: string,
  emailNormalized: string,
): Promise<void> {
  const [{ exists }] = await manager.query<[{ exists: boolean }]>(
    'SELECT to_regclass($1) IS NOT NULL AS exists',
    [tableOf(importId)],
  );
  if (!exists) return;
  await manager.query(`DELETE FROM ${tableOf(importId)} WHERE email_normalized = $1`, [emailNormalized]);
}

/** Forgets all addresses of a file. */
export async function forgetAddresses(manager: EntityManager, importId: string): Promise<void> {
  await manager.query(`DROP TABLE IF EXISTS ${tableOf(importId)}`);
}

function tableOf(importId: string): string {
  return `import_addresses_${importId.replaceAll('-', '')}`;
}
