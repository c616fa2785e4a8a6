import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** A user of this machine. */
export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** The user that runs Postgres for root, since Postgres does not run as root. */
export async function unprivilegedUser(): Promise<User> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid = '65534', gid = '65534'] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(accounts) ?? [];
  return { name: 'nobody', uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

/**
 * The first folder on the path to `target`, including `target`, that `user` cannot enter because of its owner, group and
 * mode. Undefined when there is none. Folders that do not exist yet count as open.
 */
export async function firstClosedFolder(target: string, user: User): Promise<string | undefined> {
  for (const folder of ancestorsAndSelf(target)) {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined && !mayEnter(found, user)) return folder;
  }
  return undefined;
}

function mayEnter({ uid, gid, mode }: { uid: number; gid: number; mode: number }, user: User): boolean {
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

function ancestorsAndSelf(target: string): string[] {
  const parent = path.dirname(target);
  return parent === target ? [target] : [...ancestorsAndSelf(parent), target];
}
