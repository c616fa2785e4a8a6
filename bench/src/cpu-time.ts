import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc; Linux has had 100 for user space since it exists. */
const TICKS_PER_SECOND = 100;

/**
 * CPU time that a process has used so far, in milliseconds, user and system, all threads; read from the operating
 * system (proc_pid_stat(5), fields 14 and 15).
 * @throws on systems other than Linux
 */
export function cpuTimeMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in field 2 may hold spaces and parentheses; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
