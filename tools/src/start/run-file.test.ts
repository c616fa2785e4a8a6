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
  test('exists while the system runs', async () => {
    const run = await claimRun(dataDir, silent);
    expect(JSON.parse(await readFile(path.join(dataDir, 'run.json'), 'utf8')).launcher.pid).toBe(process.pid);
    await run.release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('rejects a second start, and names the first one', async () => {
    await leave({ launcher: await otherProcess(), services: [], stopping: false });
    await expect(claimRun(dataDir, silent)).rejects.toThrow(
      `Another "npm start" (pid ${other.pid}) already runs`,
    );
  });

  test('accepts exactly one of several concurrent starts', async () => {
    const claims = await Promise.allSettled([1, 2, 3].map(async () => claimRun(dataDir, silent)));
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is ignored when its pid belongs to another process', async () => {
    await leave({
      launcher: { ...(await otherProcess()), identity: 'an earlier one' },
      services: [],
      stopping: false,
    });
    await (await claimRun(dataDir, silent)).release();
  });

  test('is ignored when it is damaged', async () => {
    await writeFile(path.join(dataDir, 'run.json'), '{"laun');
    await (await claimRun(dataDir, silent)).release();
  });

  test('makes the next start wait for one that is stopping', async () => {
    await leave({ launcher: await otherProcess(), services: [], stopping: true });
    const claim = claimRun(dataDir, (line) => {
      expect(line).toContain(`waiting for an earlier "npm start" (pid ${other.pid})`);
      other.kill('SIGTERM');
    });
    await (await claim).release();
  });

  test('makes the next start wait for the services of a killed one', async () => {
    const gone = { name: 'launcher', pid: other.pid, identity: 'gone' };
    await leave({ launcher: gone, services: [await otherProcess()], stopping: false });
    const claim = claimRun(dataDir, (line) => {
      expect(line).toContain('waiting for the services of an earlier, killed run');
      other.kill('SIGTERM');
    });
    await (await claim).release();
  });
});
