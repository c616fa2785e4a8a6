import { compareWithDatabase } from './comparison.js';
import { KillableSystem } from './killable-system.js';
import { Killer } from './killer.js';
import { planKills } from './plan.js';
import type { Report } from './report.js';

export interface KillMatrixOptions {
  readonly seed: number;
  readonly kills: number;
  /** How long the killing may take, in milliseconds. */
  readonly budgetMs: number;
}

/** The system did not go on, so that there is nothing to compare; the message says what stalled, and the seed. */
export class Stall extends Error {
  /** What was killed when, and the last lines of the services. */
  readonly evidence: string;

  constructor(seed: number, cause: Error, lines: readonly string[]) {
    super(`KILL_SEED=${seed}: ${cause.message}`, { cause });
    this.evidence = [this.message, ...lines, ''].join('\n');
  }
}

/**
 * Lets writers add subscribers and watchers watch them while parts of the system are killed, then compares what the
 * watchers saw with the database.
 * @throws Stall
 */
export async function runKillMatrix({ seed, kills, budgetMs }: KillMatrixOptions): Promise<Report> {
  const startedAt = Date.now();
  const system = await KillableSystem.create();
  const killer = new Killer(system);
  try {
    await system.start(seed);
    await killer.carryOut(planKills(seed, kills), startedAt + budgetMs);
    await system.stopWriting();
    const { services, watchers, writers, sessions, postgres } = system;
    const { databaseUrl } = postgres;
    const comparison = await compareWithDatabase({ databaseUrl, watchers, writers, people: sessions });
    return {
      seed,
      kills: killer.kills,
      slowestRecoveryMs: killer.slowestRecoveryMs,
      slowestTakeoverMs: killer.slowestTakeoverMs,
      diary: killer.diary,
      acknowledged: sum(writers.map(({ acknowledged }) => acknowledged.length)),
      setbacks: writers.flatMap(({ setbacks }) => setbacks),
      watchers: watchers.length,
      ...comparison,
      endings: watchers.flatMap(({ endings }) => endings),
      failures: watchers.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`)),
      collapses: services.flatMap(({ collapses }) => collapses),
      failedStarts: sum(services.map(({ failedStarts }) => failedStarts)),
      durationMs: Date.now() - startedAt,
    };
  } catch (error) {
    const logs = system.services.flatMap(({ name, lastLines }) => [name, ...lastLines]);
    throw new Stall(seed, error as Error, [...killer.diary, ...logs]);
  } finally {
    await system.remove();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
