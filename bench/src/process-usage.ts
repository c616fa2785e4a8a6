import { readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks per second in /proc. Linux always reports 100 to user space. */
const TICKS_PER_SECOND = 100;
const MEBIBYTE_IN_KIB = 1_024;

/**
 * CPU time of a process so far, in milliseconds: user and system, all threads (proc_pid_stat(5), fields 14 and 15).
 * @throws on systems other than Linux
 */
export function cpuTimeMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in field 2 may contain spaces and parentheses. The fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MiB: now, and its peak since the start or {@link resetPeakMemory}. Linux only. */
export function residentMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / MEBIBYTE_IN_KIB;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Sets the peak to what the process uses now (proc_pid_clear_refs(5), value 5). */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
