import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../fault.js';
import { writeAtomically } from '../write-atomically.js';
import { stopLeftoverPostgres } from './leftover.js';
import type { PostgresHome } from './postgres-home.js';
import { firstClosedFolder, unprivilegedUser, type User } from './reachable.js';

/** For root: the parent of homes that Postgres' user could not reach in the data directory. */
export const SYSTEM_FOLDER = '/var/lib/subscribers-supergraph';

/**
 * Finds or creates the folder of this data directory's Postgres.
 *
 * For an ordinary user, it is `dataDir` itself. For root, Postgres runs as the owner of the existing cluster, or as
 * `nobody`. If that user cannot enter `dataDir`, the home is a folder below `systemFolder`, named by a hash of `dataDir`,
 * and a note in `dataDir` points to it. A home without a note belonged to a deleted data directory and is set aside.
 */
export async function openHome(
  dataDir: string,
  systemFolder: string,
  log: (line: string) => void,
): Promise<PostgresHome> {
  await mkdir(dataDir, { recursive: true });
  const noted = await notedHome(dataDir);
  const here = noted ?? dataDir;
  const owner = await ownerOf(path.join(here, 'cluster'));

  if (process.getuid?.() !== 0) {
    if (owner !== undefined && owner.uid !== process.getuid?.()) {
      throw new Fault(
        `The Postgres data in ${here} belongs to another user (uid ${owner.uid}). ` +
          'Start as that user, or set DATA_DIR to another folder.',
      );
    }
    return homeIn(here, undefined);
  }

  const nobody = await unprivilegedUser();
  const user = owner === undefined || [0, nobody.uid].includes(owner.uid) ? nobody : owner;
  const closed = await firstClosedFolder(await realpath(dataDir), user);
  if (noted === undefined && closed === undefined) {
    await chmod(dataDir, 0o711);
    return homeIn(dataDir, user);
  }
  if (noted === undefined && owner !== undefined) {
    throw new Fault(
      `The Postgres data in ${here} belongs to ${user.name} (uid ${user.uid}), who cannot enter ${closed}.`,
    );
  }

  const home = noted ?? systemHome(dataDir, systemFolder);
  if (noted === undefined) {
    await setAside(home, log);
    await writeAtomically(noteFile(dataDir), `${home}\n`);
  }
  await mkdir(home, { recursive: true });
  await chmod(systemFolder, 0o711);
  await chmod(home, 0o711);
  log(`Postgres runs as "${user.name}", who cannot enter ${closed ?? dataDir}: its data is in ${home}`);
  return homeIn(home, user);
}

/** Whether this data directory has a cluster, also if it is elsewhere. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  return (await ownerOf(path.join((await notedHome(dataDir)) ?? dataDir, 'cluster'))) !== undefined;
}

/** Stops the Postgres that an earlier, killed run has left running on this data directory's cluster. */
export async function stopLeftover(dataDir: string, log: (line: string) => void): Promise<void> {
  await stopLeftoverPostgres(homeIn((await notedHome(dataDir)) ?? dataDir, undefined), log);
}

/** Stops the Postgres of this data directory and deletes all its data. */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const folder = (await notedHome(dataDir)) ?? dataDir;
  await stopLeftoverPostgres(homeIn(folder, undefined), () => undefined);
  await rm(folder, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

function homeIn(folder: string, user: User | undefined): PostgresHome {
  return { folder, cluster: path.join(folder, 'cluster'), user };
}

function systemHome(dataDir: string, systemFolder: string): string {
  const hash = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 16);
  return path.join(systemFolder, hash);
}

function noteFile(dataDir: string): string {
  return path.join(dataDir, 'moved-to');
}

async function notedHome(dataDir: string): Promise<string | undefined> {
  const note = await readFile(noteFile(dataDir), 'utf8').catch(() => '');
  return note.trim() || undefined;
}

async function setAside(home: string, log: (line: string) => void): Promise<void> {
  if ((await ownerOf(home)) === undefined) return;
  await stopLeftoverPostgres(homeIn(home, undefined), log);
  const aside = `${home}.of-deleted-data-dir-${Date.now()}`;
  await rename(home, aside);
  log(`the data directory was deleted: its earlier Postgres data is now in ${aside}`);
}

async function ownerOf(file: string): Promise<User | undefined> {
  try {
    const { uid, gid } = await stat(file);
    return { name: `uid ${uid}`, uid, gid };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES') throw new Fault(`${file} cannot be read by this user.`, { cause: error });
    throw error;
  }
}
