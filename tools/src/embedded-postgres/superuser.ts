import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../fault.js';
import { writeAtomically } from '../write-atomically.js';
import type { PostgresHome } from './postgres-home.js';

/** The superuser's password, in a file of mode 0600. Created together with the cluster. */
export async function superuserPassword(home: PostgresHome): Promise<string> {
  const file = path.join(home.folder, 'superuser-password');
  const kept = await keptPassword(home);
  if (kept !== undefined) return kept;
  if ((await stat(home.cluster).catch(() => undefined)) !== undefined) {
    throw new Fault(
      `${file} is missing. The Postgres data cannot be used without it. ` +
        `Restore the file, or delete ${home.folder} to start with empty databases.`,
    );
  }
  const password = randomBytes(32).toString('base64url');
  await writeAtomically(file, `${password}\n`, 0o600);
  return password;
}

/** The password of an existing cluster, if there is one. */
export async function keptPassword(home: PostgresHome): Promise<string | undefined> {
  const text = await readFile(path.join(home.folder, 'superuser-password'), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/** The `postgres://` URL of the superuser's database. */
export function superuserUrl(port: number, password: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
}
