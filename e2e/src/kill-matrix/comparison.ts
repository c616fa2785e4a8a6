import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '@supergraph/tools/postgres-client';
import { checkJoins, checkLog, checkWatcher, expectedEvents, type Finding, type Stored } from './oracle.js';
import { eventually } from '../harness/eventually.js';
import type { Watcher } from './watcher.js';
import type { Writer } from './writer.js';

const TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const EXTRA_MS = 500;

export interface Comparison {
  /** The number of events that all watchers together had to receive. */
  readonly eventsChecked: number;
  /** The number of received events without `addedBy`. */
  readonly withoutAddedBy: number;
  readonly findings: readonly Finding[];
}

export interface Compared {
  /** Of email-subscriptions. */
  readonly databaseUrl: string;
  /** The events after this number of the log are compared. Default: all. */
  readonly after?: number;
  readonly watchers: readonly Watcher[];
  readonly writers: readonly Writer[];
  /** The users who add subscribers. */
  readonly users: readonly { readonly userId: string; readonly displayName: string }[];
}

/** Compares all received events with the database, as soon as no event is missing or the time is over. */
export async function compareWithDatabase(compared: Compared): Promise<Comparison> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const comparison = await compareNow(compared);
    const isComplete = comparison.findings.every(({ fault }) => fault !== 'lost');
    if (Date.now() > deadline) return comparison;
    await delay(isComplete ? EXTRA_MS : POLL_MS);
    // A late repetition would arrive in the meantime.
    if (isComplete) return compareNow(compared);
  }
}

async function compareNow({
  databaseUrl,
  after = 0,
  watchers,
  writers,
  users,
}: Compared): Promise<Comparison> {
  // Copied before the database is read, which then has every subscriber of these events.
  const received = watchers.map(({ name, filter, events }) => ({ name, filter, events: [...events] }));
  const stored = await readDatabase(databaseUrl, after);
  const displayNames = new Map(users.map(({ userId, displayName }) => [userId, displayName]));
  const acknowledged = writers.flatMap((writer) => writer.acknowledged);
  const findings = checkLog(acknowledged, stored);
  let eventsChecked = 0;
  for (const { name, filter, events } of received) {
    const expected = expectedEvents(stored, filter);
    eventsChecked += expected.length;
    findings.push(...checkWatcher(name, expected, events));
    findings.push(...checkJoins(name, stored.subscribers, events, displayNames));
  }
  const withoutAddedBy = received.flatMap(({ events }) => events).filter(({ addedBy }) => !addedBy).length;
  return { eventsChecked, withoutAddedBy, findings };
}

/** Waits until all additions are in the log. @returns its last number */
export async function lastLogged(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    await eventually(
      () => client.query('SELECT FROM outbox'),
      ({ rowCount }) => rowCount === 0,
    );
    const { rows } = await client.query<{ seq: number }>(
      'SELECT coalesce(max(seq), 0)::int AS seq FROM event_log',
    );
    return rows[0]!.seq;
  });
}

/** Reads both tables in one snapshot, without what was logged up to a number. */
async function readDatabase(databaseUrl: string, after: number): Promise<Stored> {
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const subscribers = await client.query<Stored['subscribers'][number]>(
      `SELECT id, email, name, added_by AS "addedBy" FROM subscribers
        WHERE id NOT IN (SELECT subject_id FROM event_log WHERE seq <= $1)`,
      [after],
    );
    const log = await client.query<Stored['log'][number]>(
      'SELECT seq::int, subject_id AS "subscriberId" FROM event_log WHERE seq > $1 ORDER BY seq',
      [after],
    );
    return { subscribers: subscribers.rows, after, log: log.rows };
  });
}
