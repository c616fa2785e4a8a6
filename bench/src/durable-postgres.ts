import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { createOwnedDatabases, ownerUrl } from '@supergraph/tools/embedded-postgres/databases';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { startEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/launcher';
import { freePort } from '@supergraph/tools/free-port';
import { migrate } from '@supergraph/tools/migration';
import { withClient } from '@supergraph/tools/postgres-client';
import type { Subgraph } from '@supergraph/tools/subgraphs';
import {
  makeTestPostgresFolder,
  removeFoldersOfDeadRuns,
  testPostgresFolder,
} from '@supergraph/tools/test-postgres/folder';

/** The name of this Postgres among those of tests. */
const USE = 'bench';

/** A Postgres with default settings, apart from statistics of statements: every acknowledged commit is on the disk. */
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

  /**
   * How long Postgres plans and executes all statements that `work` causes in a database, in milliseconds for each of
   * `times` runs. NaN if it causes none. Statements with fewer runs than `work` are of others.
   */
  async statementMs(
    databaseUrl: string,
    times: number,
    work: (run: number) => Promise<unknown>,
  ): Promise<number> {
    return withClient(this.superuserUrl, async (client) => {
      await client.query('SELECT pg_stat_statements_reset()');
      for (let run = 0; run < times; run += 1) await work(run);
      const { rows } = await client.query<{ ms: number | null }>(
        `SELECT sum(total_plan_time + total_exec_time) AS ms
           FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
          WHERE datname = $1 AND calls >= $2`,
        [new URL(databaseUrl).pathname.slice(1), times],
      );
      return (rows[0]?.ms ?? NaN) / times;
    });
  }

  /** Writes everything to the disk, so that each measurement starts from the same state. */
  async checkpoint(): Promise<void> {
    await withClient(this.superuserUrl, (client) => client.query('CHECKPOINT'));
  }
}

/** Runs `work` with a durable Postgres in a temporary folder. If /tmp is in memory, set TMPDIR to a folder on a disk. */
export async function withDurablePostgres(work: (postgres: DurablePostgres) => Promise<void>): Promise<void> {
  await removeFoldersOfDeadRuns();
  const dataDir = await makeTestPostgresFolder(USE, tmpdir());
  try {
    const { superuserUrl } = await startEmbeddedPostgres({
      dataDir,
      port: await freePort(),
      settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' },
      log: (line) => console.log(line),
    });
    await withClient(superuserUrl, (client) => client.query('CREATE EXTENSION pg_stat_statements'));
    await work(new DurablePostgres(superuserUrl));
  } finally {
    await removeDurablePostgres();
  }
}

/** Stops the Postgres of `withDurablePostgres`, and deletes its data. */
export async function removeDurablePostgres(): Promise<void> {
  await removeEmbeddedPostgres(testPostgresFolder(USE, tmpdir()));
}
