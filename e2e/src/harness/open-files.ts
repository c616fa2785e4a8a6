import { readdirSync } from 'node:fs';

/** How many files and sockets a process has open; null where the system does not tell (all but Linux). */
export function openFiles(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}
