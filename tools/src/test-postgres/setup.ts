import { randomBytes } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { createOwnedDatabases, type OwnedDatabase, ownerUrl } from '../embedded-postgres/databases.js';
import { removeEmbeddedPostgres } from '../embedded-postgres/home.js';
import { startEmbeddedPostgres } from '../embedded-postgres/launcher.js';
import { freePort } from '../free-port.js';
import { migrate } from '../migration.js';
import { withClient } from '../postgres-client.js';
import { eachSubgraph, perSubgraph } from '../subgraphs.js';
import { makeTestPostgresFolder, removeFoldersOfDeadRuns, testPostgresFolder } from './folder.js';
import { announceTestServer, type TestServer } from './server.js';

/** Faster, but not safe in a crash, which a test cluster does not need. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  // The write-ahead log may be in memory.
  max_wal_size: '256MB',
};

/** Jest's globalSetup: one Postgres for the whole run, with a migrated template database for each subgraph. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default async function setUpTestPostgres(): Promise<void> {
  await removeFoldersOfDeadRuns();
  const postgres = await startEmbeddedPostgres({
    dataDir: await makeTestPostgresFolder(),
    port: await freePort(),
    settings: SETTINGS,
    log: (line) => console.log(line),
  });
  try {
    announceTestServer(await makeTemplates(postgres.superuserUrl));
  } catch (error) {
    // Jest calls no teardown after a failed setup.
    await removeEmbeddedPostgres(testPostgresFolder());
    throw error;
  }
}

async function makeTemplates(superuserUrl: string): Promise<TestServer> {
  const templates = perSubgraph(({ names }) => template(names.database));
  await createOwnedDatabases(superuserUrl, Object.values(templates));
  await eachSubgraph((subgraph) => migrate(subgraph, ownerUrl(superuserUrl, templates[subgraph.name]!)));
  await eachSubgraph(({ names }) => closeTemplate(superuserUrl, names.database));
  return { superuserUrl, templates };
}

function template(name: string): OwnedDatabase {
  return { name, password: randomBytes(16).toString('base64url') };
}

/** Postgres copies a database only while it has no connections. */
async function closeTemplate(superuserUrl: string, name: string): Promise<void> {
  await withClient(superuserUrl, (client) =>
    client.query(`ALTER DATABASE ${escapeIdentifier(name)} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`),
  );
}
