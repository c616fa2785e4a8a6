import { readFileSync, writeFileSync } from 'node:fs';

const MEBIBYTE_IN_KIB = 1_024;

/** Physical memory of a process in MiB: now, and at most since it started or {@link resetPeakMemory}. Linux only. */
export function residentMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / MEBIBYTE_IN_KIB;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** From now on the peak counts from what the process has now (proc_pid_clear_refs(5), value 5). */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
