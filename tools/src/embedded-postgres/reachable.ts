import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** A user of this machine, by number. */
export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** The user without rights that Postgres, which refuses to run as root, runs as instead. */
export async function unprivilegedUser(): Promise<User> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid = '65534', gid = '65534'] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(accounts) ?? [];
  return { name: 'nobody', uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

/**
 * The first folder on the way to `target` (the last being `target` itself) that `user` may not enter, going by
 * owner, group and mode. Undefined when the whole way is open. What does not exist yet is taken as open.
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
