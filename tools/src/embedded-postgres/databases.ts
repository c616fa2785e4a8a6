import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { withClient } from '../postgres-client.js';

/** A database and the role that owns it. Both have the same name. */
export interface OwnedDatabase {
  name: string;
  password: string;
}

/**
 * Creates each database and its role, or sets the password of an existing role. Only the owner (and the superuser) can
 * connect to a database. May be called again.
 */
export async function createOwnedDatabases(
  superuserUrl: string,
  databases: readonly OwnedDatabase[],
): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await client.query('REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC');
    for (const { name, password } of databases) {
      const role = escapeIdentifier(name);
      const verb = (await exists(client, 'SELECT FROM pg_roles WHERE rolname = $1', name))
        ? 'ALTER'
        : 'CREATE';
      await client.query(`${verb} ROLE ${role} LOGIN NOSUPERUSER PASSWORD ${escapeLiteral(password)}`);
      if (!(await exists(client, 'SELECT FROM pg_database WHERE datname = $1', name))) {
        await client.query(`CREATE DATABASE ${role} OWNER ${role}`);
      }
      await closeToOthers(client, name);
    }
  });
}

/** By default all roles can connect to a new database. After this only its owner can. */
export async function closeToOthers(client: Client, database: string): Promise<void> {
  await client.query(`REVOKE ALL ON DATABASE ${escapeIdentifier(database)} FROM PUBLIC`);
}

/** The owner's URL of a database on the same server. */
export function ownerUrl(superuserUrl: string, { name, password }: OwnedDatabase, database = name): string {
  const url = new URL(superuserUrl);
  url.username = name;
  url.password = encodeURIComponent(password);
  url.pathname = `/${database}`;
  return url.href;
}

async function exists(client: Client, sql: string, name: string): Promise<boolean> {
  return (await client.query(sql, [name])).rowCount === 1;
}
