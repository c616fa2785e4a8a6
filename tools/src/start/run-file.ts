import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../fault.js';
import { processIdentity, waitUntilGone } from '../process-table.js';
import { writeAtomically } from '../write-atomically.js';

const POLL_MS = 50;
/** A launcher whose npm was killed notices that within this time, and records in its run file that it stops. */
const NOTICE_MS = 1_500;
const STOP_MS = 90_000;
const DRAIN_MS = 20_000;

interface RecordedProcess {
  name: string;
  pid: number;
  /** See {@link processIdentity}. A pid alone may belong to another process by now. */
  identity: string;
}

/** The run file in DATA_DIR. */
interface RunRecord {
  launcher: RecordedProcess;
  services: RecordedProcess[];
  stopping: boolean;
}

/** The lock on DATA_DIR: one launcher at a time has it. */
export interface Run {
  /** Records processes that would drain for a while if this one was killed. */
  addServices(services: readonly { name: string; pid: number }[]): Promise<void>;
  noteStopping(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Locks the data directory. Waits until the services of an earlier, killed run have drained, since they use the ports.
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
    // Another launcher that also waited may have written a new file.
    if ((await readText(file)) === found) await rm(file, { force: true });
  }

  // Writes run one after the other.
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
      log(`waiting for an earlier "npm start" (pid ${launcher.pid}) to stop`);
      if (await waitUntilGone([launcher], STOP_MS)) return;
    }
    if (Date.now() > deadline) {
      throw new Fault(
        `Another "npm start" (pid ${launcher.pid}) already runs on ${dataDir}. ` +
          `Stop it (kill ${launcher.pid}), or set DATA_DIR and the ports to run a second copy.`,
      );
    }
    await delay(POLL_MS);
  }
}

async function untilServicesAreGone(services: RecordedProcess[], log: (line: string) => void): Promise<void> {
  if (await waitUntilGone(services, 0)) return;
  log('waiting for the services of an earlier, killed run to drain');
  if (await waitUntilGone(services, DRAIN_MS)) return;
  for (const { name, pid, identity } of services) {
    if ((await processIdentity(pid)) !== identity) continue;
    log(`${name} of the earlier run (pid ${pid}) does not stop: killing it`);
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

/** Undefined when the file is damaged. */
function parseRecord(text: string): RunRecord | undefined {
  try {
    return JSON.parse(text) as RunRecord;
  } catch {
    return undefined;
  }
}

/** A hard link is created atomically, and fails if the file exists, so one of two concurrent launchers wins. */
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
