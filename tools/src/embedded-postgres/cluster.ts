import { spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Fault } from '../fault.js';
import type { PostgresHome } from './postgres-home.js';
import type { User } from './reachable.js';

/** Options of `spawn` to run a child as `user`, without signals from the terminal. */
export function spawnAs(user: User | undefined): { detached: true; cwd: string; uid?: number; gid?: number } {
  // Node expects signed 32-bit numbers, and the uid of `nobody` on macOS is larger.
  return { detached: true, cwd: '/', ...(user && { uid: user.uid | 0, gid: user.gid | 0 }) };
}

/**
 * Creates the cluster unless it exists: UTF-8, sorted by code point on all machines, SCRAM passwords. It is created in a
 * temporary folder and renamed, so that an interrupted run leaves no incomplete cluster.
 */
export async function createClusterIfMissing(
  home: PostgresHome,
  { initdb, password, durable }: { initdb: string; password: string; durable: boolean },
): Promise<void> {
  for (const name of await readdir(home.folder)) {
    if (name.startsWith('init-')) await rm(path.join(home.folder, name), { recursive: true, force: true });
  }
  if ((await stat(home.cluster).catch(() => undefined)) !== undefined) return;

  const draft = await mkdtemp(path.join(home.folder, 'init-'));
  const passwordFile = path.join(draft, 'password');
  const cluster = path.join(draft, 'cluster');
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (home.user !== undefined) {
    for (const file of [draft, cluster, passwordFile]) await chown(file, home.user.uid, home.user.gid);
  }
  await runInitdb(initdb, home.user, [
    `--pgdata=${cluster}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    // Decides which characters are letters, for pg_trgm and full text. macOS has another name for C.UTF-8.
    `--lc-ctype=${process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'}`,
    ...(durable ? [] : ['--no-sync']),
  ]);
  await rename(cluster, home.cluster);
  await rm(draft, { recursive: true });
}

async function runInitdb(initdb: string, user: User | undefined, args: string[]): Promise<void> {
  const child = spawn(initdb, args, { ...spawnAs(user), stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      reject(
        new Fault(`The embedded Postgres cannot run on this machine: ${error.message}`, { cause: error }),
      );
    });
  });
  const [code, complaint] = await Promise.all([ended, text(child.stderr)]);
  if (code !== 0) throw new Fault(`Postgres could not create its data directory:\n${complaint.trim()}`);
}
