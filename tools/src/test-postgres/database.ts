import { randomBytes } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { closeToOthers, ownerUrl } from '../embedded-postgres/databases.js';
import { withClient } from '../postgres-client.js';
import { announcedTestServer } from './server.js';

export interface TestDatabase {
  /** Connects as the role that owns the database, as the service itself does. */
  url: string;
  /** Closes its connections and deletes it. */
  drop(): Promise<void>;
}

/** Creates a migrated, empty database for a test file or a test. Takes about 50 ms. */
export async function createTestDatabase(subgraph: string): Promise<TestDatabase> {
  const { superuserUrl, templates } = announcedTestServer();
  const template = templates[subgraph];
  if (!template) throw new Error(`There is no subgraph ${subgraph}`);
  const name = `${template.name}_${randomBytes(8).toString('hex')}`;
  await withClient(superuserUrl, async (client) => {
    const [database, source] = [escapeIdentifier(name), escapeIdentifier(template.name)];
    await client.query(`CREATE DATABASE ${database} TEMPLATE ${source} OWNER ${source}`);
    await closeToOthers(client, name);
  });
  return { url: ownerUrl(superuserUrl, template, name), drop: () => drop(superuserUrl, name) };
}

/** Creates a database without tables. Its owner is the superuser. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const { superuserUrl } = announcedTestServer();
  const name = `empty_${randomBytes(8).toString('hex')}`;
  await withClient(superuserUrl, async (client) => {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
    await closeToOthers(client, name);
  });
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => drop(superuserUrl, name) };
}

async function drop(superuserUrl: string, name: string): Promise<void> {
  await withClient(superuserUrl, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`),
  );
}
