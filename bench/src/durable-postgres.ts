import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { createOwnedDatabases, ownerUrl } from '@supergraph/tools/embedded-postgres/databases';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { startEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/launcher';
import { freePort } from '@supergraph/tools/free-port';
import { migrate } from '@supergraph/tools/migration';
import { withClient } from '@supergraph/tools/postgres-client';
import type { Subgraph } from '@supergraph/tools/subgraphs';
import { makeTestPostgresFolder, removeFoldersOfDeadRuns } from '@supergraph/tools/test-postgres/folder';

/** A Postgres with default settings: every acknowledged commit is on the disk. */
export class DurablePostgres {
  constructor(private readonly superuserUrl: string) {}

  /** Gives `work` the owner's URL of a migrated, empty database of a subgraph, and drops the database afterwards. */
  async withDatabase<Result>(subgraph: Subgraph, work: (url: string) => Promise<Result>): Promise<Result> {
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

  /** Writes everything to the disk, so that each measurement starts from the same state. */
  async checkpoint(): Promise<void> {
    await withClient(this.superuserUrl, (client) => client.query('CHECKPOINT'));
  }
}

/** Runs `work` with a durable Postgres in a temporary folder. If /tmp is in memory, set TMPDIR to a folder on a disk. */
export async function withDurablePostgres(work: (postgres: DurablePostgres) => Promise<void>): Promise<void> {
  await removeFoldersOfDeadRuns();
  const dataDir = await makeTestPostgresFolder('bench', tmpdir());
  try {
    const { superuserUrl } = await startEmbeddedPostgres({
      dataDir,
      port: await freePort(),
      log: (line) => console.log(line),
    });
    await work(new DurablePostgres(superuserUrl));
  } finally {
    await removeEmbeddedPostgres(dataDir);
  }
}
