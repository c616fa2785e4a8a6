import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeEmbeddedPostgres } from '../embedded-postgres/home.js';
import { processIdentity } from '../process-table.js';
import { writeAtomically } from '../write-atomically.js';

const PREFIX = 'supergraph-test-postgres-';

/** The folder of this jest run's Postgres: named by our pid, so that a later run can tell whether we still live. */
export function testPostgresFolder(): string {
  return path.join(tmpdir(), `${PREFIX}${process.pid}`);
}

/** Makes an empty folder for this run's Postgres. */
export async function makeTestPostgresFolder(): Promise<string> {
  const folder = testPostgresFolder();
  await removeEmbeddedPostgres(folder);
  await mkdir(folder);
  await chmod(folder, 0o711);
  await writeAtomically(path.join(folder, 'owner'), (await processIdentity(process.pid)) ?? '');
  return folder;
}

/** Ends and deletes what jest runs of this user have left that were killed before their teardown. */
export async function removeFoldersOfDeadRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : Number.NaN);
    if (!Number.isInteger(pid)) continue;
    const folder = path.join(tmpdir(), name);
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined || found.uid !== process.getuid?.()) continue;
    const identity = await processIdentity(pid);
    const owner = await readFile(path.join(folder, 'owner'), 'utf8').catch(() => undefined);
    const alive = identity !== undefined && (owner === undefined || owner === identity);
    if (!alive) await removeEmbeddedPostgres(folder);
  }
}
