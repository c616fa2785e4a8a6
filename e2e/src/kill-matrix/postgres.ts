import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createOwnedDatabases, ownerUrl } from '@supergraph/tools/embedded-postgres/databases';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/launcher';
import { freePort } from '@supergraph/tools/free-port';
import { migrate } from '@supergraph/tools/migration';
import { subgraphNamed } from '@supergraph/tools/subgraphs';
import { commandLine } from '@supergraph/tools/process-table';
import { makeTestPostgresFolder } from '@supergraph/tools/test-postgres/folder';
import { eventually } from '../harness/eventually.js';

/** Data stays in memory, because the machine stays up, but an acknowledged commit must leave the process. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  max_wal_size: '256MB',
};

const DATABASE = 'email_subscriptions';

/** A separate Postgres with a migrated email-subscriptions database. It restarts whenever it exits. */
export class KillablePostgres {
  /** The error of a failed restart. */
  fault: unknown;
  private removed = false;
  private killedPid: number | undefined;
  private starting: Promise<EmbeddedPostgres | undefined>;

  private constructor(
    readonly databaseUrl: string,
    private readonly options: { dataDir: string; port: number },
    private readonly cluster: string,
    server: EmbeddedPostgres,
  ) {
    this.starting = Promise.resolve(server);
    void this.keepRunning();
  }

  static async start(databasePassword: string): Promise<KillablePostgres> {
    const options = { dataDir: await makeTestPostgresFolder('kill-matrix'), port: await freePort() };
    try {
      const server = await start(options);
      const database = { name: DATABASE, password: databasePassword };
      await createOwnedDatabases(server.superuserUrl, [database]);
      const url = ownerUrl(server.superuserUrl, database);
      await migrate(subgraphNamed('email-subscriptions'), url);
      return new KillablePostgres(url, options, path.join(server.folder, 'cluster'), server);
    } catch (error) {
      await removeEmbeddedPostgres(options.dataDir);
      throw error;
    }
  }

  /** Immediate shutdown (`pg_ctl stop -m immediate`), also during a recovery. */
  async kill(): Promise<void> {
    await eventually(() => this.quit(), Boolean);
  }

  /** Stops it and deletes its data. */
  async remove(): Promise<void> {
    this.removed = true;
    await this.starting.catch(() => undefined);
    await removeEmbeddedPostgres(this.options.dataDir);
  }

  private async keepRunning(): Promise<void> {
    try {
      while (!this.removed) {
        const server = await this.starting;
        await server?.exited;
        if (!this.removed) this.starting = this.startUnlessKilled();
      }
    } catch (error) {
      this.fault = error;
    }
  }

  /** Undefined when it was killed before it was ready. */
  private async startUnlessKilled(): Promise<EmbeddedPostgres | undefined> {
    const killedBefore = this.killedPid;
    try {
      return await start(this.options);
    } catch (error) {
      if (this.killedPid === killedBefore) throw error;
      return undefined;
    }
  }

  /** Returns false while only the last killed postmaster runs, or none. */
  private async quit(): Promise<boolean> {
    const pidFile = await readFile(path.join(this.cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number.parseInt(pidFile, 10);
    if (Number.isNaN(pid) || pid === this.killedPid) return false;
    if (!(await commandLine(pid))?.includes(this.cluster)) return false;
    this.killedPid = pid;
    try {
      return process.kill(pid, 'SIGQUIT');
    } catch {
      return false;
    }
  }
}

async function start(options: { dataDir: string; port: number }): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ ...options, settings: SETTINGS, log: () => undefined });
}
