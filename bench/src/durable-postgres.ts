import { randomBytes } from 'node:crypto';
import { createOwnedDatabases, ownerUrl } from '@supergraph/tools/embedded-postgres/databases';
import { startEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/launcher';
import { freePort } from '@supergraph/tools/free-port';
import { migrate } from '@supergraph/tools/migration';
import { withClient } from '@supergraph/tools/postgres-client';
import type { SubgraphName } from '@supergraph/tools/services';
import { makeTestPostgresFolder, removeFoldersOfDeadRuns } from '@supergraph/tools/test-postgres/folder';
import tearDownTestPostgres from '@supergraph/tools/test-postgres/teardown';
import { escapeIdentifier } from 'pg';

/** A Postgres with default settings: what it has acknowledged is on the disk. */
export class DurablePostgres {
  constructor(private readonly superuserUrl: string) {}

  /** Gives `work` the owner's address of a migrated, empty database of a subgraph, and drops it afterwards. */
  async withDatabase<Result>(
    subgraph: SubgraphName,
    work: (url: string) => Promise<Result>,
  ): Promise<Result> {
    const name = `bench_${randomBytes(8).toString('hex')}`;
    const database = { name, password: randomBytes(16).toString('base64url') };
    await createOwnedDatabases(this.superuserUrl, [database]);
    try {
      const url = ownerUrl(this.superuserUrl, database);
      await migrate(subgraph, url);
      return await work(url);
    } finally {
      await withClient(this.superuserUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  }

  /** Writes out what is in memory only, so that whatever is measured next finds the disk in the same state. */
  async checkpoint(): Promise<void> {
    await withClient(this.superuserUrl, (client) => client.query('CHECKPOINT'));
  }

  /** Has new sessions of a database wait before each flush of the write-ahead log, as a slower disk would have them. */
  async slowFlushes(databaseUrl: string, ms: number): Promise<void> {
    const name = escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
    await withClient(this.superuserUrl, async (client) => {
      await client.query(`ALTER DATABASE ${name} SET commit_delay = ${ms * 1_000}`);
      await client.query(`ALTER DATABASE ${name} SET commit_siblings = 0`);
    });
  }
}

/**
 * Runs `work` beside a durable Postgres in a temporary folder, so that commits cost what they cost in production.
 * Where /tmp is memory, let TMPDIR name a folder on a disk.
 */
export async function withDurablePostgres(work: (postgres: DurablePostgres) => Promise<void>): Promise<void> {
  await removeFoldersOfDeadRuns();
  const dataDir = await makeTestPostgresFolder();
  try {
    const { superuserUrl } = await startEmbeddedPostgres({
      dataDir,
      port: await freePort(),
      log: (line) => console.log(line),
    });
    await work(new DurablePostgres(superuserUrl));
  } finally {
    await tearDownTestPostgres();
  }
}
