import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createOwnedDatabases, ownerUrl } from '@supergraph/tools/embedded-postgres/databases';
import { removeEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/home';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@supergraph/tools/embedded-postgres/launcher';
import { freePort } from '@supergraph/tools/free-port';
import { migrate } from '@supergraph/tools/migration';
import { commandLine } from '@supergraph/tools/process-table';
import { makeTestPostgresFolder } from '@supergraph/tools/test-postgres/folder';
import { eventually } from '../harness/eventually.js';
import { PATIENCE_MS } from './patience.js';

/** The machine stays up, so nothing has to reach the disk; an acknowledged commit has to leave the process. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on' };

const DATABASE = 'email_subscriptions';

/** A Postgres of one's own with a migrated email-subscriptions database. It starts again whenever it has ended. */
export class KillablePostgres {
  /** Why it could not start again, if so. */
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
      await migrate('email-subscriptions', url);
      return new KillablePostgres(url, options, path.join(server.folder, 'cluster'), server);
    } catch (error) {
      await removeEmbeddedPostgres(options.dataDir);
      throw error;
    }
  }

  /** Immediate shutdown (`pg_ctl stop -m immediate`), in the middle of a recovery too. */
  async kill(): Promise<void> {
    await eventually(() => this.quit(), Boolean, PATIENCE_MS);
  }

  /** Ends it and deletes its data. */
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

  /** Undefined when it was killed before it could answer. */
  private async startUnlessKilled(): Promise<EmbeddedPostgres | undefined> {
    const killedBefore = this.killedPid;
    try {
      return await start(this.options);
    } catch (error) {
      if (this.killedPid === killedBefore) throw error;
      return undefined;
    }
  }

  /** False while there is no postmaster, or only the one that was killed last and has not ended yet. */
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
