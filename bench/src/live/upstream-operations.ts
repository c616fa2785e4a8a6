import { setTimeout as delay } from 'node:timers/promises';
import type { LiveSystem } from './live-system.js';

/** The service writes its lines many at a time. */
const LOG_DELAY_MS = 1_000;

/** How many live operations have been opened at the subgraph since a time, by its own log: a line for each. */
export async function operationsOpenedSince(live: LiveSystem, time: Date): Promise<number> {
  await delay(LOG_DELAY_MS);
  const lines = live.system.processes.emailSubscriptions.logs();
  return lines.filter((line) => {
    if (!line.includes('"a watcher came"')) return false;
    return new Date((JSON.parse(line) as { time: string }).time) >= time;
  }).length;
}
