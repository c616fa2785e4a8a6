import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Exit } from '../exit.js';
import { Fault } from '../fault.js';
import { requirePortsFree } from '../free-port.js';
import { withClient } from '../postgres-client.js';
import { postgresBinaries } from './binaries.js';
import { createClusterIfMissing, spawnAs } from './cluster.js';
import { openHome, SYSTEM_FOLDER } from './home.js';
import { stopLeftoverPostgres } from './leftover.js';
import type { PostgresHome } from './postgres-home.js';
import { superuserPassword, superuserUrl } from './superuser.js';

const POLL_MS = 25;
const RETRY_MS = 250;
const RETRY_FOR_MS = 15_000;
const FAST_SHUTDOWN_MS = 30_000;

/** Messages of a Postgres that cannot start because the system has not yet released resources of the last one. */
const PREDECESSOR = /already exists|still in use/;

export interface EmbeddedPostgresOptions {
  /** The data of this Postgres. Created if missing. One launcher at a time. */
  dataDir: string;
  port: number;
  /** Server settings, as after `postgres -c`. */
  settings?: Readonly<Record<string, string>>;
  /** For root: the parent of the data if Postgres' user cannot enter `dataDir`. */
  systemFolder?: string;
  log: (line: string) => void;
}

/** A running Postgres that listens on 127.0.0.1 only. */
export interface EmbeddedPostgres {
  port: number;
  superuserUrl: string;
  pid: number;
  /** `17.10` */
  version: string;
  /** The folder with the cluster, its password and its log. */
  folder: string;
  /** Resolves when it has ended for any reason. */
  exited: Promise<Exit>;
  /** Fast shutdown: closes all sessions and flushes all data. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres of a data directory, and returns when it responds to queries. The first start creates the cluster.
 * A Postgres that an earlier, killed run has left is stopped first.
 *
 * @throws Fault when it cannot start: port in use, no binaries for this platform, data of another user, ...
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, port, settings = {}, systemFolder = SYSTEM_FOLDER, log } = options;
  const home = await openHome(dataDir, systemFolder, log);
  const binaries = await postgresBinaries(home.user, home.user === undefined ? home.folder : systemFolder);
  await stopLeftoverPostgres(home, log);
  const password = await superuserPassword(home);
  await createClusterIfMissing(home, {
    initdb: binaries.initdb,
    password,
    durable: settings['fsync'] !== 'off',
  });
  await requirePortsFree({ POSTGRES_PORT: port });

  const url = superuserUrl(port, password);
  const logFile = path.join(home.folder, 'postgres.log');
  await rename(logFile, path.join(home.folder, 'postgres.previous.log')).catch(() => undefined);
  const giveUpAt = Date.now() + RETRY_FOR_MS;
  for (;;) {
    const logOffset = await sizeOf(logFile);
    const child = await spawnPostgres(binaries.postgres, home, port, settings, logFile);
    const version = await firstAnswer(url, child);
    if (version !== undefined) {
      const { pid, exited } = child;
      return { port, superuserUrl: url, pid, version, folder: home.folder, exited, stop: () => stop(child) };
    }
    const logged = (await readFile(logFile, 'utf8')).slice(logOffset).trim();
    if (!PREDECESSOR.test(logged) || Date.now() > giveUpAt) {
      throw new Fault(`Postgres did not start. The end of its log (${logFile}):\n${lastLines(logged)}`);
    }
    await delay(RETRY_MS);
  }
}

interface Child {
  pid: number;
  exited: Promise<Exit>;
  process: ChildProcess;
}

async function spawnPostgres(
  postgres: string,
  home: PostgresHome,
  port: number,
  settings: Readonly<Record<string, string>>,
  logFile: string,
): Promise<Child> {
  const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(postgres, ['-D', home.cluster, '-p', String(port), ...args], {
      ...spawnAs(home.user),
      stdio: ['ignore', log.fd, log.fd],
    });
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return { pid: child.pid as number, exited, process: child };
  } finally {
    await log.close();
  }
}

function hasEnded({ process }: Child): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}

/**
 * Waits for the first successful query, and returns the version. Until recovery is done, which may take long, Postgres
 * rejects connections with 57P03. Undefined when Postgres ends first.
 */
async function firstAnswer(url: string, child: Child): Promise<string | undefined> {
  while (!hasEnded(child)) {
    try {
      return await withClient(url, async (client) => {
        const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
        return rows[0]?.server_version;
      });
    } catch (error) {
      if (error instanceof DatabaseError && error.code !== '57P03') {
        await stop(child);
        throw new Fault(`The embedded Postgres rejects its superuser: ${error.message}`, {
          cause: error,
        });
      }
      await Promise.race([child.exited, delay(POLL_MS)]);
    }
  }
  return undefined;
}

async function stop(child: Child): Promise<void> {
  if (hasEnded(child)) return;
  child.process.kill('SIGINT');
  // An immediate shutdown also loses no data, but the next start has to recover.
  const timer = setTimeout(() => child.process.kill('SIGQUIT'), FAST_SHUTDOWN_MS);
  await child.exited;
  clearTimeout(timer);
}

async function sizeOf(file: string): Promise<number> {
  return (await readFile(file, 'utf8').catch(() => '')).length;
}

function lastLines(text: string): string {
  return text.split('\n').slice(-10).join('\n');
}
