import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { length } from './harness/length.js';
import { type Report, reportText, runKillMatrix, Stall } from './kill-matrix/kill-matrix.js';
import type { FaultKind } from './kill-matrix/oracle.js';
import { KINDS } from './kill-matrix/plan.js';

/** A seed fixes the parts to kill, their order and the pauses. KILL_DIARY=1 prints the diary. */
const seed = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
const kills = length(8, 200);
const withDiary = process.env['KILL_DIARY'] === '1';

const MAX_TAKEOVER_MS = 2_000;

const LAGGED = '1013 SUBSCRIPTION_LAGGED';
/** The number of times that a watcher may have to reconnect because of changes to its room. */
const MOST_LAGGED = 2;

/** Broken connections, and the close codes after which clients reconnect. */
const EXPECTED_ENDINGS = [
  '1006',
  LAGGED,
  '1013 SUBGRAPH_UNAVAILABLE',
  '4403 SUBSCRIPTION_AUTH_EXPIRED',
  '4403 UNAUTHENTICATED',
  // While all services restart on a busy machine. Clients reconnect after it.
  '4408 Connection initialisation timeout',
];

/** Not reached: each step of a kill has its own deadline, and names what did not happen by then. */
const timeoutMs = 240_000 + kills * 60_000;

let report: Report;
beforeAll(async () => {
  try {
    report = await runKillMatrix({ seed, kills });
    process.stdout.write(reportText(report, withDiary));
  } catch (error) {
    if (error instanceof Stall) process.stdout.write(error.evidence);
    throw error;
  }
}, timeoutMs);

/** The first findings as text. */
const found = (...faults: FaultKind[]) =>
  report.findings
    .filter(({ fault }) => faults.includes(fault))
    .slice(0, 10)
    .map(({ fault, what }) => `${fault}: ${what}`);

describe('the system, while gateways, replicas, the relay, Postgres, users and connections are killed and the schema is replaced', () => {
  test('continues with additions between all kinds of kills', () => {
    const counts = KINDS.map((kind) => report.kills[kind]);
    expect({ seed, missing: KINDS.filter((kind) => report.kills[kind] === 0) }).toEqual({
      seed,
      missing: [],
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(kills);
    expect(report.acknowledged).toBeGreaterThan(kills);
    expect(report.eventsChecked).toBeGreaterThan(report.acknowledged);
  });

  test('loses no acknowledged addition and no event', () => {
    expect({ seed, found: found('lost') }).toEqual({ seed, found: [] });
  });

  test('repeats no event', () => {
    expect({ seed, found: found('repeated') }).toEqual({ seed, found: [] });
  });

  test('keeps the log without gaps, and sends events in its order', () => {
    expect({ seed, found: found('out of order', 'gap') }).toEqual({ seed, found: [] });
  });

  test('sends no event that does not match the filter, or of an unknown subscriber', () => {
    expect({ seed, found: found('invented') }).toEqual({ seed, found: [] });
  });

  test('joins each event with its user, or reports that users is down', () => {
    expect({ seed, found: found('misjoined') }).toEqual({ seed, found: [] });
    expect(report.withoutAddedBy).toBeGreaterThan(0);
  });

  test('fails no operation, rejects no cursor, and closes connections so that clients reconnect', () => {
    expect({ seed, failures: report.failures }).toEqual({ seed, failures: [] });
    const unexpected = report.endings.filter((ending) => !EXPECTED_ENDINGS.includes(ending));
    expect({ seed, unexpected }).toEqual({ seed, unexpected: [] });
    const lagged = report.endings.filter((ending) => ending === LAGGED);
    expect(lagged.length).toBeLessThanOrEqual(MOST_LAGGED);
  });

  test('replaces a dead relay within two seconds', () => {
    const { slowestTakeoverMs } = report;
    const isInTime = slowestTakeoverMs <= MAX_TAKEOVER_MS;
    expect({ seed, slowestTakeoverMs, isInTime }).toEqual({ seed, slowestTakeoverMs, isInTime: true });
  });

  test('exits no service because another part was killed', () => {
    expect({ seed, collapses: report.collapses }).toEqual({ seed, collapses: [] });
  });
});
