import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createOwnedDatabases, ownerUrl } from '../embedded-postgres/databases.js';
import { removeEmbeddedPostgres } from '../embedded-postgres/home.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres/launcher.js';
import { freePort } from '../free-port.js';
import { migrate } from '../migration.js';
import { commandLine } from '../process-table.js';
import { subgraphNamed } from '../subgraphs.js';
import { waitUntil } from '../wait-until.js';
import { makeTestPostgresFolder } from './folder.js';

/** Data stays in memory, because the machine stays up, but an acknowledged commit must leave the process. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  max_wal_size: '256MB',
};

const PASSWORD = 'the password of a killable database';

/** SIGQUIT is an immediate shutdown. After SIGKILL sessions go on with their statements, and then find out. */
type Killer = 'SIGQUIT' | 'SIGKILL';

/** A separate Postgres with the migrated database of one subgraph. It restarts whenever it exits. */
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

  /** @param use names its folder, in letters and hyphens */
  static async start(subgraph: string, use: string): Promise<KillablePostgres> {
    const options = { dataDir: await makeTestPostgresFolder(use), port: await freePort() };
    try {
      const server = await start(options);
      const database = { name: subgraph.replaceAll('-', '_'), password: PASSWORD };
      await createOwnedDatabases(server.superuserUrl, [database]);
      const url = ownerUrl(server.superuserUrl, database);
      await migrate(subgraphNamed(subgraph), url);
      return new KillablePostgres(url, options, path.join(server.folder, 'cluster'), server);
    } catch (error) {
      await removeEmbeddedPostgres(options.dataDir);
      throw error;
    }
  }

  /** Ends the postmaster, also during a recovery. */
  async kill(signal: Killer = 'SIGQUIT'): Promise<void> {
    await waitUntil(() => this.signal(signal));
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
  private async signal(signal: Killer): Promise<boolean> {
    const pidFile = await readFile(path.join(this.cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number.parseInt(pidFile, 10);
    if (Number.isNaN(pid) || pid === this.killedPid) return false;
    if (!(await commandLine(pid))?.includes(this.cluster)) return false;
    this.killedPid = pid;
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }
}

async function start(options: { dataDir: string; port: number }): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ ...options, settings: SETTINGS, log: () => undefined });
}
