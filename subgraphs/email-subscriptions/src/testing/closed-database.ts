import { Client } from 'pg';
import type { DataSource } from 'typeorm';

/** Breaks all connections to a database and rejects new ones until it is opened again. */
export async function closeDatabase({ options }: DataSource): Promise<{ open(): Promise<void> }> {
  const client = new Client({ connectionString: (options as { url: string }).url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
  const database = rows[0]!.name;
  await client.query(`ALTER DATABASE ${database} CONNECTION LIMIT 0`);
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  return {
    async open() {
      await client.query(`ALTER DATABASE ${database} CONNECTION LIMIT -1`);
      await client.end();
    },
  };
}
