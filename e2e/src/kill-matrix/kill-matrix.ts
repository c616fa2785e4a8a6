import { compareWithDatabase, type Comparison } from './comparison.js';
import { KillableSystem } from './killable-system.js';
import { Killer } from './killer.js';
import { FAULTS } from './oracle.js';
import { type Kind, planKills } from './plan.js';

export interface KillMatrixOptions {
  readonly seed: number;
  readonly kills: number;
}

export interface Report extends Comparison {
  readonly seed: number;
  readonly kills: Readonly<Record<Kind, number>>;
  readonly diary: readonly string[];
  /** From a kill until additions continue and each watcher has received a newer, complete event. */
  readonly slowestRecoveryMs: number;
  /** From the death of the relay until another replica reports that it is the relay. */
  readonly slowestTakeoverMs: number;
  readonly acknowledged: number;
  /** The reasons of retried additions. */
  readonly setbacks: readonly string[];
  readonly watchers: number;
  /** The close codes of watchers' connections. */
  readonly endings: readonly string[];
  /** Errors from which clients do not resume: errors of an operation, rejected cursors, fatal close codes. */
  readonly failures: readonly string[];
  /** Exits of services that were ready and had not been killed. */
  readonly collapses: readonly string[];
  readonly failedStarts: number;
  readonly durationMs: number;
}

/** The system stopped working, so there is nothing to compare. The message has the seed and the cause. */
export class Stall extends Error {
  /** The diary, and the last lines of the services. */
  readonly evidence: string;

  constructor(seed: number, cause: Error, lines: readonly string[]) {
    super(`KILL_SEED=${seed}: ${cause.message}`, { cause });
    this.evidence = [this.message, ...lines, ''].join('\n');
  }
}

/**
 * Lets writers add subscribers and watchers receive them while parts of the system are killed, then compares the
 * received events with the database.
 * @throws Stall
 */
export async function runKillMatrix({ seed, kills }: KillMatrixOptions): Promise<Report> {
  const startedAt = Date.now();
  const system = await KillableSystem.create();
  const killer = new Killer(system);
  try {
    await system.start(seed);
    await killer.carryOut(planKills(seed, kills));
    await system.stopWriting();
    const { services, watchers, writers, users, postgres } = system;
    const comparison = await compareWithDatabase({
      databaseUrl: postgres.databaseUrl,
      watchers,
      writers,
      users,
    });
    return {
      seed,
      kills: killer.kills,
      slowestRecoveryMs: killer.slowestRecoveryMs,
      slowestTakeoverMs: killer.slowestTakeoverMs,
      diary: killer.diary,
      acknowledged: writers.flatMap(({ acknowledged }) => acknowledged).length,
      setbacks: writers.flatMap(({ setbacks }) => setbacks),
      watchers: watchers.length,
      ...comparison,
      endings: watchers.flatMap(({ endings }) => endings),
      failures: watchers.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`)),
      collapses: services.flatMap(({ collapses }) => collapses),
      failedStarts: services.reduce((sum, { failedStarts }) => sum + failedStarts, 0),
      durationMs: Date.now() - startedAt,
    };
  } catch (error) {
    const logs = system.services.flatMap(({ name, lastLines }) => [name, ...lastLines]);
    throw new Stall(seed, error as Error, [...killer.diary, ...logs]);
  } finally {
    await system.remove();
  }
}

const SHOWN_FINDINGS = 20;

/** A summary, with the diary when there are findings or on request. */
export function reportText(report: Report, withDiary: boolean): string {
  const { seed, kills, findings, failures, collapses } = report;
  const count = Object.values(kills).reduce((total, each) => total + each, 0);
  const faults = findings.map(({ fault }) => fault);
  return [
    `kill matrix, KILL_SEED=${seed}: ${count} kills in ${(report.durationMs / 1000).toFixed(1)} s`,
    `  killed: ${list(kills)}`,
    `  slowest takeover ${report.slowestTakeoverMs} ms, slowest recovery ${report.slowestRecoveryMs} ms`,
    `  writes: acknowledged ${report.acknowledged}; retried: ${list(counted(report.setbacks))}`,
    `  events checked: ${report.eventsChecked} at ${report.watchers} watchers, ${report.withoutAddedBy} without addedBy`,
    `  connections closed: ${list(counted(report.endings))}`,
    `  ${list(counted(faults, FAULTS))}`,
    `  failed operations ${failures.length}, collapsed services ${collapses.length}, failed starts ${report.failedStarts}`,
    ...[...failures, ...collapses].map((line) => `  ${line}`),
    ...findings.slice(0, SHOWN_FINDINGS).map(({ fault, what }) => `  ${fault}: ${what}`),
    ...(withDiary || findings.length > 0 ? report.diary.map((line) => `  ${line}`) : []),
    '',
  ].join('\n');
}

/** The number of occurrences of each value, and 0 for each possible value without one. */
function counted(values: readonly string[], possible: readonly string[] = []): Record<string, number> {
  const counts = Object.fromEntries(possible.map((each) => [each, 0]));
  for (const each of values) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');
}
