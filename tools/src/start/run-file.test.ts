import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { processIdentity } from '../process-table.js';
import { claimRun } from './run-file.js';

let dataDir: string;
let other: ChildProcess;
const silent = (): void => undefined;

const otherProcess = async () => {
  const pid = other.pid as number;
  return { name: 'other', pid, identity: await processIdentity(pid) };
};
const leave = async (record: unknown): Promise<void> => {
  await writeFile(path.join(dataDir, 'run.json'), JSON.stringify(record));
};

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'supergraph-run-'));
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
});

afterEach(async () => {
  other.kill('SIGKILL');
  await rm(dataDir, { recursive: true });
});

describe('the run file', () => {
  test('is there while a start runs, and gone after', async () => {
    const run = await claimRun(dataDir, silent);
    expect(JSON.parse(await readFile(path.join(dataDir, 'run.json'), 'utf8')).launcher.pid).toBe(process.pid);
    await run.release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('keeps a second start off the data directory, naming the first', async () => {
    await leave({ launcher: await otherProcess(), services: [], stopping: false });
    await expect(claimRun(dataDir, silent)).rejects.toThrow(`Another start (pid ${other.pid}) already runs`);
  });

  test('lets exactly one of several take the place at the same time', async () => {
    const claims = await Promise.allSettled([1, 2, 3].map(async () => claimRun(dataDir, silent)));
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('does not count when its process is gone and the pid belongs to another', async () => {
    await leave({
      launcher: { ...(await otherProcess()), identity: 'an earlier one' },
      services: [],
      stopping: false,
    });
    await (await claimRun(dataDir, silent)).release();
  });

  test('does not count when it is damaged', async () => {
    await writeFile(path.join(dataDir, 'run.json'), '{"laun');
    await (await claimRun(dataDir, silent)).release();
  });

  test('has the next start wait for one that is stopping', async () => {
    await leave({ launcher: await otherProcess(), services: [], stopping: true });
    const claim = claimRun(dataDir, (line) => {
      expect(line).toContain(`waiting for an earlier start (pid ${other.pid})`);
      other.kill('SIGTERM');
    });
    await (await claim).release();
  });

  test('has the next start wait for the services of one that was killed', async () => {
    const gone = { name: 'launcher', pid: other.pid, identity: 'gone' };
    await leave({ launcher: gone, services: [await otherProcess()], stopping: false });
    const claim = claimRun(dataDir, (line) => {
      expect(line).toContain('waiting for the services of an earlier run');
      other.kill('SIGTERM');
    });
    await (await claim).release();
  });
});
