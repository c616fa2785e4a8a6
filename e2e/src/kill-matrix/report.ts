import type { Comparison } from './comparison.js';
import { FAULTS } from './oracle.js';
import type { Kind } from './plan.js';

export interface Report extends Comparison {
  readonly seed: number;
  readonly kills: Readonly<Record<Kind, number>>;
  /** What happened when. */
  readonly diary: readonly string[];
  /** From a kill until additions went on and every watcher was told, names and all, of somebody added after it. */
  readonly slowestRecoveryMs: number;
  /** From the death of the relay until another replica said that it is the relay. */
  readonly slowestTakeoverMs: number;
  readonly acknowledged: number;
  /** Why additions had to be tried again. */
  readonly setbacks: readonly string[];
  readonly watchers: number;
  /** Why connections of watchers ended. */
  readonly endings: readonly string[];
  /** What no watcher comes back from: errors of an operation, a refused cursor among them, and fatal close codes. */
  readonly failures: readonly string[];
  /** Ends of services that were ready and that nobody had killed. */
  readonly collapses: readonly string[];
  readonly failedStarts: number;
  readonly durationMs: number;
}

const SHOWN_FINDINGS = 20;

/** A short text for people: with the diary when something is wrong, or when it is asked for. */
export function reportText(report: Report, withDiary: boolean): string {
  const { seed, kills, findings, failures, collapses } = report;
  const count = Object.values(kills).reduce((total, each) => total + each, 0);
  const faults = findings.map(({ fault }) => fault);
  return [
    `kill matrix, KILL_SEED=${seed}: ${count} kills in ${seconds(report.durationMs)}`,
    `  killed: ${list(kills)}`,
    `  slowest takeover ${report.slowestTakeoverMs} ms, slowest recovery ${report.slowestRecoveryMs} ms`,
    `  writes: acknowledged ${report.acknowledged}; tried again: ${list(counted(report.setbacks))}`,
    `  events checked: ${report.eventsChecked} at ${report.watchers} watchers, ${report.withoutAddedBy} without who added them`,
    `  connections ended: ${list(counted(report.endings))}`,
    `  ${list(counted(faults, FAULTS))}`,
    `  operations failed ${failures.length}, services collapsed ${collapses.length}, starts in vain ${report.failedStarts}`,
    ...[...failures, ...collapses].map((line) => `  ${line}`),
    ...findings.slice(0, SHOWN_FINDINGS).map(({ fault, what }) => `  ${fault}: ${what}`),
    ...(withDiary || findings.length > 0 ? report.diary.map((line) => `  ${line}`) : []),
    '',
  ].join('\n');
}

/** How often each of them occurs, those that never do among them. */
function counted(occurred: readonly string[], possible: readonly string[] = []): Record<string, number> {
  const counts = Object.fromEntries(possible.map((each) => [each, 0]));
  for (const each of occurred) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
