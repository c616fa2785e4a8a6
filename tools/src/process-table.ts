import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const POLL_MS = 50;

/**
 * A string that distinguishes a process from later ones with the same pid, also after a reboot. Undefined when no such
 * process runs. A zombie does not run.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** The command line of a running process, with arguments separated by spaces. Undefined when it cannot be read. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return ps(pid, 'args=');
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** The pid of a process' parent. Undefined when there is no such process. */
export async function parentOf(pid: number): Promise<number | undefined> {
  const parent = process.platform === 'linux' ? (await procStat(pid))?.[1] : await ps(pid, 'ppid=');
  return parent === undefined ? undefined : Number(parent);
}

/** Waits until these processes have ended. @returns false when some still run after `deadlineMs` */
export async function waitUntilGone(
  processes: readonly { pid: number; identity: string }[],
  deadlineMs: number,
): Promise<boolean> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const identities = await Promise.all(processes.map(({ pid }) => processIdentity(pid)));
    if (processes.every(({ identity }, index) => identities[index] !== identity)) return true;
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
}

async function identityFromProc(pid: number): Promise<string | undefined> {
  const fields = await procStat(pid);
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()} ${fields[19]}`;
}

/**
 * The fields of /proc/<pid>/stat (proc(5)) from the third on, since the name, the second, may contain spaces:
 * [0] the state, [1] the parent, [19] the start time in ticks since boot.
 */
async function procStat(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function identityFromPs(pid: number): Promise<string | undefined> {
  const line = await ps(pid, 'state=,lstart=');
  return line === undefined || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
}

async function ps(pid: number, format: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', format, '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}
