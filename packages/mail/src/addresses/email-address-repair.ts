import { normalizeEmail } from './email-address.js';

/** A TypeORM QueryRunner within a migration's transaction. */
interface Queries {
  query(statement: string, parameters?: unknown[]): Promise<unknown>;
}

/** How many rows are in memory at once. */
const BATCH = 5_000;

const MOST_NAMED = 20;

/**
 * Finds rows whose stored normal form differs from the one that the current rules produce. They are in the temporary
 * table `outdated_addresses (id, normalized)` until the transaction ends. `normalized` is null if the address is not
 * valid. The table is locked against writes of other transactions. Rows whose normal form has no `@` are skipped: they
 * do not own an address.
 */
export async function findOutdatedAddresses(queries: Queries, table: string): Promise<void> {
  await queries.query(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
  await queries.query(
    `CREATE TEMPORARY TABLE outdated_addresses ON COMMIT DROP AS
     SELECT id, email_normalized AS normalized FROM ${table} WITH NO DATA`,
  );
  let after: string | undefined = '00000000-0000-0000-0000-000000000000';
  while (after !== undefined) {
    const rows = (await queries.query(
      `SELECT id, email, email_normalized AS stored FROM ${table}
       WHERE id > $1 AND email_normalized LIKE '%@%' ORDER BY id LIMIT ${BATCH}`,
      [after],
    )) as { id: string; email: string; stored: string }[];
    const outdated = rows
      .map(({ id, email, stored }) => ({ id, stored, normalized: normalizeEmail(email) }))
      .filter(({ stored, normalized }) => stored !== normalized);
    await queries.query('INSERT INTO outdated_addresses SELECT * FROM unnest($1::uuid[], $2::text[])', [
      outdated.map(({ id }) => id),
      outdated.map(({ normalized }) => normalized),
    ]);
    after = rows.at(-1)?.id;
  }
  await queries.query('ANALYZE outdated_addresses');
}

/**
 * Writes a summary of the table `address_repairs (id, found, done, …)` to standard error, without addresses.
 * @param service the beginning of each line
 * @param manual where the operator reads what to do
 */
export async function reportAddressRepairs(queries: Queries, service: string, manual: string): Promise<void> {
  const groups = (await queries.query(
    `SELECT found, done, count(*)::int AS count, (array_agg(id ORDER BY id))[1:${MOST_NAMED}] AS ids
     FROM address_repairs GROUP BY found, done ORDER BY found, done`,
  )) as { found: string; done: string; count: number; ids: string[] }[];
  for (const { found, done, count, ids } of groups) {
    const more = count > ids.length ? ', …' : '';
    process.stderr.write(
      `${service}: address repair: ${found}, ${done}: ${count} (${ids.join(', ')}${more})\n`,
    );
  }
  if (groups.length > 0) {
    process.stderr.write(`${service}: the table address_repairs lists all of them; see ${manual}\n`);
  }
}
