import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../fault.js';
import { processIdentity, waitUntilGone } from '../process-table.js';
import { writeAtomically } from '../write-atomically.js';

const POLL_MS = 50;
/** A launcher whose npm was killed notices it within this time, and says in its run file that it stops. */
const NOTICE_MS = 1_500;
const STOP_MS = 90_000;
const DRAIN_MS = 20_000;

interface RecordedProcess {
  name: string;
  pid: number;
  /** See {@link processIdentity}: a pid alone may be another process' by now. */
  identity: string;
}

/** What a run says of itself in DATA_DIR, for the next one. */
interface RunRecord {
  launcher: RecordedProcess;
  services: RecordedProcess[];
  stopping: boolean;
}

/** Our place in DATA_DIR: held by one launcher at a time. */
export interface Run {
  /** Notes processes that would live on a little if this one was killed. */
  addServices(services: readonly { name: string; pid: number }[]): Promise<void>;
  noteStopping(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the data directory for this process. Services of an earlier run that was killed drain by themselves; they are
 * waited for, since they hold their ports until then.
 *
 * @throws Fault when another launcher runs on it
 */
export async function claimRun(dataDir: string, log: (line: string) => void): Promise<Run> {
  const file = path.join(dataDir, 'run.json');
  const identity = await processIdentity(process.pid);
  const record: RunRecord = {
    launcher: { name: 'launcher', pid: process.pid, identity: identity ?? '' },
    services: [],
    stopping: false,
  };
  while (!(await createExclusively(file, record))) {
    const found = await readText(file);
    if (found === undefined) continue;
    const previous = parseRecord(found);
    if (previous !== undefined) {
      await untilLauncherIsGone(file, previous, dataDir, log);
      await untilServicesAreGone(previous.services, log);
    }
    // Not if somebody else, who has waited as we have, has taken the place meanwhile.
    if ((await readText(file)) === found) await rm(file, { force: true });
  }

  // One write after the other: each holds all that is known by then.
  let written = Promise.resolve();
  const save = async () => {
    written = written.then(() => writeAtomically(file, JSON.stringify(record)));
    await written;
  };
  return {
    async addServices(services) {
      for (const { name, pid } of services) {
        record.services.push({ name, pid, identity: (await processIdentity(pid)) ?? '' });
      }
      await save();
    },
    async noteStopping() {
      record.stopping = true;
      await save();
    },
    async release() {
      await written;
      await rm(file, { force: true });
    },
  };
}

async function untilLauncherIsGone(
  file: string,
  { launcher, stopping }: RunRecord,
  dataDir: string,
  log: (line: string) => void,
): Promise<void> {
  const deadline = Date.now() + NOTICE_MS;
  let isStopping = stopping;
  while ((await processIdentity(launcher.pid)) === launcher.identity) {
    isStopping ||= parseRecord((await readText(file)) ?? '')?.stopping ?? false;
    if (isStopping) {
      log(`waiting for an earlier start (pid ${launcher.pid}) to finish stopping`);
      if (await waitUntilGone([launcher], STOP_MS)) return;
    }
    if (Date.now() > deadline) {
      throw new Fault(
        `Another start (pid ${launcher.pid}) already runs on ${dataDir}. ` +
          `Stop it (kill ${launcher.pid}), or set DATA_DIR and the ports to run a second copy.`,
      );
    }
    await delay(POLL_MS);
  }
}

async function untilServicesAreGone(services: RecordedProcess[], log: (line: string) => void): Promise<void> {
  if (await waitUntilGone(services, 0)) return;
  log('waiting for the services of an earlier run, which was killed, to drain');
  if (await waitUntilGone(services, DRAIN_MS)) return;
  for (const { name, pid, identity } of services) {
    if ((await processIdentity(pid)) !== identity) continue;
    log(`${name} of the earlier run (pid ${pid}) does not end by itself: ending it`);
    process.kill(pid, 'SIGKILL');
  }
  await waitUntilGone(services, DRAIN_MS);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined when it is damaged, which tells of no process. */
function parseRecord(text: string): RunRecord | undefined {
  try {
    return JSON.parse(text) as RunRecord;
  } catch {
    return undefined;
  }
}

/** A hard link appears whole and only where nothing is, so of two that start at once one gets the place. */
async function createExclusively(file: string, record: RunRecord): Promise<boolean> {
  const draft = `${file}.${randomUUID()}.tmp`;
  await writeFile(draft, JSON.stringify(record));
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}
