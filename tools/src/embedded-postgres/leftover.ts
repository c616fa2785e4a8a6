import { readFile, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../fault.js';
import { withClient } from '../postgres-client.js';
import { commandLine, processIdentity, waitUntilGone } from '../process-table.js';
import type { PostgresHome } from './postgres-home.js';
import { keptPassword, superuserUrl } from './superuser.js';

const POLL_MS = 100;
const ANSWER_MS = 30_000;
const SHUTDOWN_MS = 60_000;

/**
 * Stops the Postgres that an earlier, killed run has left on this cluster, so that a new one can start.
 *
 * The pid in `postmaster.pid` may belong to another process by now. So a process is only signalled after it has accepted
 * this cluster's password and reported this data directory. A pid file without a process, or with the pid of an unrelated
 * process, is removed.
 */
export async function stopLeftoverPostgres(home: PostgresHome, log: (line: string) => void): Promise<void> {
  const deadline = Date.now() + ANSWER_MS;
  for (;;) {
    const left = await readPidFile(home.cluster);
    if (left === undefined) return;
    const identity = await processIdentity(left.pid);
    if (identity === undefined || !(await mayServe(left.pid, home.cluster))) {
      await rm(path.join(home.cluster, 'postmaster.pid'), { force: true });
      return;
    }
    if (await serves(left.port, home)) {
      log(`stopping the Postgres of an earlier run (pid ${left.pid})`);
      process.kill(left.pid, 'SIGINT');
      if (await waitUntilGone([{ pid: left.pid, identity }], SHUTDOWN_MS)) return;
      throw new Fault(
        `The Postgres of an earlier run (pid ${left.pid}) does not stop. Stop it: kill ${left.pid}`,
      );
    }
    if (Date.now() > deadline) {
      throw new Fault(
        `Process ${left.pid} uses the Postgres data in ${home.cluster} but does not respond on port ${left.port}. ` +
          `If it is a Postgres, stop it: kill -INT ${left.pid}`,
      );
    }
    await delay(POLL_MS);
  }
}

/** PostgreSQL's src/include/utils/pidfile.h: the pid is on line 1, the port on line 4. */
async function readPidFile(cluster: string): Promise<{ pid: number; port: number } | undefined> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** Postgres is started with `-D <cluster>`, so a process without that path is another one. */
async function mayServe(pid: number, cluster: string): Promise<boolean> {
  const command = await commandLine(pid);
  return command === undefined || command.includes(cluster) || command.includes(await realpath(cluster));
}

/** Also false while it starts or stops, so that the caller tries again. */
async function serves(port: number, home: PostgresHome): Promise<boolean> {
  const password = await keptPassword(home);
  if (password === undefined) return false;
  try {
    const served = await withClient(superuserUrl(port, password), async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      return rows[0]?.data_directory;
    });
    return served !== undefined && (await realpath(served)) === (await realpath(home.cluster));
  } catch {
    return false;
  }
}
