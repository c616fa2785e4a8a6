import { statfsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeEmbeddedPostgres } from '../embedded-postgres/home.js';
import { processIdentity } from '../process-table.js';
import { writeAtomically } from '../write-atomically.js';

/** A file system in memory, on Linux. */
const MEMORY = '/dev/shm';
/** In bytes. A run uses less than half of it. */
const LEAST_FREE = 1024 ** 3;

const PREFIX = 'supergraph-test-postgres-';

/** The name of the folder of a Jest run's Postgres. It ends with the pid of the run. */
const NAME = new RegExp(`^${PREFIX}(?:[a-z-]+-)?(\\d+)$`);

/**
 * Where the clusters of tests are: in memory if there is space, unless TMPDIR names a folder. A new database is about
 * 700 files, which ext4 creates slowly while others are deleted.
 */
const FASTEST = process.env['TMPDIR'] === undefined && hasSpace(MEMORY) ? MEMORY : tmpdir();

function hasSpace(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= LEAST_FREE;
  } catch {
    return false;
  }
}

/**
 * The folder of this Jest run's Postgres. Its name has the pid, so that a later run knows whether this one still runs.
 * @param use names the separate Postgres of a test file, in letters and hyphens
 * @param parent the folder in which it is; default: the fastest one
 */
export function testPostgresFolder(use?: string, parent = FASTEST): string {
  return path.join(parent, `${PREFIX}${use === undefined ? '' : `${use}-`}${process.pid}`);
}

/** Creates an empty folder for this run's Postgres, or for the separate one of a test file. */
export async function makeTestPostgresFolder(use?: string, parent = FASTEST): Promise<string> {
  const folder = testPostgresFolder(use, parent);
  await removeEmbeddedPostgres(folder);
  await mkdir(folder);
  await chmod(folder, 0o711);
  await writeAtomically(path.join(folder, 'owner'), (await processIdentity(process.pid)) ?? '');
  return folder;
}

/** Stops and deletes the Postgres of this user's Jest runs that were killed before their teardown. */
export async function removeFoldersOfDeadRuns(): Promise<void> {
  for (const parent of new Set([MEMORY, tmpdir()])) await removeDeadFolders(parent);
}

async function removeDeadFolders(parent: string): Promise<void> {
  // Only Linux has a file system in memory.
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid)) continue;
    const folder = path.join(parent, name);
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined || found.uid !== process.getuid?.()) continue;
    const identity = await processIdentity(pid);
    const owner = await readFile(path.join(folder, 'owner'), 'utf8').catch(() => undefined);
    const alive = identity !== undefined && (owner === undefined || owner === identity);
    if (!alive) await removeEmbeddedPostgres(folder);
  }
}
