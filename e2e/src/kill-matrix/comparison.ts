import { setTimeout as delay } from 'node:timers/promises';
import type { KillableSystem } from './killable-system.js';
import { checkLog, checkWatcher, expectedEvents, type Finding } from './oracle.js';
import { PATIENCE_MS } from './patience.js';
import { readTruth } from './truth.js';

const POLL_MS = 100;

export interface Comparison {
  /** How many events the watchers had to see, all of them together. */
  readonly eventsChecked: number;
  readonly findings: readonly Finding[];
}

/** Compares what everybody was told with the database, as soon as nothing is missing any more, or patience is over. */
export async function compareWithDatabase(system: KillableSystem): Promise<Comparison> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const comparison = await compareNow(system);
    const isComplete = comparison.findings.every(({ fault }) => fault !== 'lost');
    if (isComplete || Date.now() > deadline) return comparison;
    await delay(POLL_MS);
  }
}

async function compareNow({ postgres, watchers, writers }: KillableSystem): Promise<Comparison> {
  // Looked at before the database: whoever was told of is there by then, unless invented.
  const told = watchers.map(({ name, filter, seen }) => ({ name, filter, seen: [...seen] }));
  const truth = await readTruth(postgres.databaseUrl);
  const findings = checkLog(
    writers.flatMap(({ acknowledged }) => acknowledged),
    truth,
  );
  let eventsChecked = 0;
  for (const { name, filter, seen } of told) {
    const expected = expectedEvents(truth, filter);
    eventsChecked += expected.length;
    findings.push(...checkWatcher(name, expected, seen));
  }
  return { eventsChecked, findings };
}
