import { setTimeout as delay } from 'node:timers/promises';
import { checkJoins } from './joins.js';
import { checkLog, checkWatcher, expectedEvents, type Finding } from './oracle.js';
import { PATIENCE_MS } from './patience.js';
import { readTruth } from './truth.js';
import type { Watcher } from './watcher.js';
import type { Writer } from './writer.js';

const POLL_MS = 100;
const ONCE_MORE_MS = 500;

export interface Comparison {
  /** How many events the watchers had to see, all of them together. */
  readonly eventsChecked: number;
  /** How many of those that they saw came without who added the subscriber. */
  readonly withoutAddedBy: number;
  readonly findings: readonly Finding[];
}

export interface Compared {
  /** Of email-subscriptions. */
  readonly databaseUrl: string;
  readonly watchers: readonly Watcher[];
  readonly writers: readonly Writer[];
  /** In whose names the writers add. */
  readonly people: readonly { readonly userId: string; readonly displayName: string }[];
}

/** Compares what everybody was told with the database, as soon as nothing is missing any more, or patience is over. */
export async function compareWithDatabase(compared: Compared): Promise<Comparison> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const comparison = await compareNow(compared);
    const isComplete = comparison.findings.every(({ fault }) => fault !== 'lost');
    if (Date.now() > deadline) return comparison;
    await delay(isComplete ? ONCE_MORE_MS : POLL_MS);
    // What comes although nothing is missing any more is seen by looking once more.
    if (isComplete) return compareNow(compared);
  }
}

async function compareNow({ databaseUrl, watchers, writers, people }: Compared): Promise<Comparison> {
  // Looked at before the database: whoever was told of is there by then, unless invented.
  const told = watchers.map(({ name, filter, seen }) => ({ name, filter, seen: [...seen] }));
  const truth = await readTruth(databaseUrl);
  const displayNames = new Map(people.map(({ userId, displayName }) => [userId, displayName]));
  const findings = checkLog(
    writers.flatMap(({ acknowledged }) => acknowledged),
    truth,
  );
  let eventsChecked = 0;
  for (const { name, filter, seen } of told) {
    const expected = expectedEvents(truth, filter);
    eventsChecked += expected.length;
    findings.push(
      ...checkWatcher(name, expected, seen),
      ...checkJoins(name, truth.subscribers, seen, displayNames),
    );
  }
  const withoutAddedBy = told.flatMap(({ seen }) => seen).filter(({ addedBy }) => addedBy === null).length;
  return { eventsChecked, withoutAddedBy, findings };
}
