import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { length } from './harness/length.js';
import { runKillMatrix, Stall } from './kill-matrix/kill-matrix.js';
import type { FaultKind } from './kill-matrix/oracle.js';
import { KINDS } from './kill-matrix/plan.js';
import { type Report, reportText } from './kill-matrix/report.js';

/** The same seed has the same parts killed in the same order, with the same pauses: KILL_DIARY=1 tells of each. */
const seed = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
const kills = length(10, 200);
const withDiary = process.env['KILL_DIARY'] === '1';

/** What the issue of the event stream promises. */
const longestTakeoverMs = 2_000;

const LAGGED = '1013 SUBSCRIPTION_LAGGED';
/** How often a watcher that reads may have to come back because of what the gateway does to its rooms. */
const MOST_LAGGED = 2;

/** A connection that was cut off, by kill or otherwise, and what the contracts give clients to come back from. */
const EXPECTED_ENDINGS = [
  '1006',
  LAGGED,
  '1013 SUBGRAPH_UNAVAILABLE',
  '4403 SUBSCRIPTION_AUTH_EXPIRED',
  '4403 UNAUTHENTICATED',
  // While all starts anew on a busy machine; clients come back after it.
  '4408 Connection initialisation timeout',
];

const budgetMs = 60_000 + kills * 6_000;
/** What comes before and after the killing has its own deadlines. */
const timeoutMs = budgetMs + 240_000;

let report: Report;
beforeAll(async () => {
  try {
    report = await runKillMatrix({ seed, kills, budgetMs });
    process.stdout.write(reportText(report, withDiary));
  } catch (error) {
    if (error instanceof Stall) process.stdout.write(error.evidence);
    throw error;
  }
}, timeoutMs);

/** The first of what was found, in words. */
const found = (...faults: FaultKind[]) =>
  report.findings
    .filter(({ fault }) => faults.includes(fault))
    .slice(0, 10)
    .map(({ fault, what }) => `${fault}: ${what}`);

describe('while gateways, replicas, the relay, Postgres, users and connections are killed, and the schema replaced', () => {
  test('each of them is, and additions go on in between', () => {
    const counts = KINDS.map((kind) => report.kills[kind]);
    expect({ seed, missing: KINDS.filter((kind) => report.kills[kind] === 0) }).toEqual({
      seed,
      missing: [],
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(kills);
    expect(report.acknowledged).toBeGreaterThan(kills);
    expect(report.eventsChecked).toBeGreaterThan(report.acknowledged);
  });

  test('whoever was acknowledged is on the list, and every watcher is told of everybody it asked for', () => {
    expect({ seed, found: found('lost') }).toEqual({ seed, found: [] });
  });

  test('no watcher is told of anybody twice', () => {
    expect({ seed, found: found('repeated') }).toEqual({ seed, found: [] });
  });

  test('every watcher is told in the order of the log, which has no gap', () => {
    expect({ seed, found: found('out of order', 'gap') }).toEqual({ seed, found: [] });
  });

  test('no watcher is told of anybody whom it did not ask for, or who is not there', () => {
    expect({ seed, found: found('invented') }).toEqual({ seed, found: [] });
  });

  test('who added somebody comes along, or an error says that users is away', () => {
    expect({ seed, found: found('misjoined') }).toEqual({ seed, found: [] });
    expect(report.separated).toBeGreaterThan(0);
  });

  test('no operation fails, no cursor is refused, and every connection ends so that clients come back', () => {
    expect({ seed, failures: report.failures }).toEqual({ seed, failures: [] });
    const strange = report.endings.filter((ending) => !EXPECTED_ENDINGS.includes(ending));
    expect({ seed, strange }).toEqual({ seed, strange: [] });
    const lagged = report.endings.filter((ending) => ending === LAGGED);
    expect(lagged.length).toBeLessThanOrEqual(MOST_LAGGED);
  });

  test('another replica takes over from a dead relay within two seconds', () => {
    const { slowestTakeoverMs } = report;
    const isInTime = slowestTakeoverMs <= longestTakeoverMs;
    expect({ seed, slowestTakeoverMs, isInTime }).toEqual({ seed, slowestTakeoverMs, isInTime: true });
  });

  test('no service ends because another part did', () => {
    expect({ seed, collapses: report.collapses }).toEqual({ seed, collapses: [] });
  });
});
