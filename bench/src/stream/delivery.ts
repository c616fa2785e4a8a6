import { setTimeout as delay } from 'node:timers/promises';
import { randomSecrets } from '@supergraph/tools/secrets';
import { cpuTimeMs } from '../cpu-time.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { printFigures } from '../figure.js';
import { percentile } from '../statistics.js';
import { Arrivals } from './arrivals.js';
import { numberedAddress } from './numbered-address.js';
import { type Subgraph, withSubgraph } from './subgraph.js';
import { Watcher } from './watcher.js';

const WATCHERS = 100;
const PER_SECOND = 100;
const WARM_UP = 5 * PER_SECOND;
const ADDITIONS = 20 * PER_SECOND;
const ROUNDS = 3;
const MOST_MS = { p50: 10, p99: 30 };
const DEADLINE_MS = 10_000;

interface Round {
  /** Milliseconds from an addition's HTTP answer to its event, for each addition and watcher, sorted. */
  readonly delays: Float64Array;
  /** CPU time of the service process, in percent of one core. */
  readonly cpuPercent: number;
}

/** How long after its HTTP answer an addition reaches those who watch; before it is a time below zero. */
export async function delivery(postgres: DurablePostgres): Promise<void> {
  const rounds: Round[] = [];
  await postgres.withDatabase((databaseUrl) =>
    withSubgraph(databaseUrl, randomSecrets(), async (subgraph) => {
      await addAndWatch(subgraph, 0, WARM_UP);
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.push(await addAndWatch(subgraph, WARM_UP + round * ADDITIONS, ADDITIONS));
      }
    }),
  );
  const at = (percent: number) => rounds.map(({ delays }) => percentile(delays, percent));
  printFigures(
    `From the answer to an addition to its event: ${ROUNDS} rounds of ${ADDITIONS} additions, ${PER_SECOND} a second, ${WATCHERS} watchers`,
    [
      { name: 'p50', values: at(50), unit: 'ms', digits: 1, atMost: MOST_MS.p50 },
      { name: 'p99', values: at(99), unit: 'ms', digits: 1, atMost: MOST_MS.p99 },
      { name: 'max', values: at(100), unit: 'ms', digits: 1 },
      { name: 'CPU of the service', values: rounds.map(({ cpuPercent }) => cpuPercent), unit: '% of a core' },
    ],
  );
}

async function addAndWatch(subgraph: Subgraph, first: number, additions: number): Promise<Round> {
  const arrivals = new Arrivals(first, additions, WATCHERS);
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, (_, watcher) =>
      Watcher.open(subgraph, (number) => arrivals.saw(watcher, number)),
    ),
  );
  try {
    const [cpuBefore, startedAt] = [cpuTimeMs(subgraph.pid), performance.now()];
    const all = addEvenly(subgraph, first, additions, arrivals).then(() => arrivals.complete(DEADLINE_MS));
    await Promise.race([all, ...watchers.map(({ broken }) => broken)]);
    const cpuPercent = (100 * (cpuTimeMs(subgraph.pid) - cpuBefore)) / (performance.now() - startedAt);
    return { delays: arrivals.delays(), cpuPercent };
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

/** Adds at an even pace, whether or not earlier additions have been answered. */
async function addEvenly(
  subgraph: Subgraph,
  first: number,
  additions: number,
  arrivals: Arrivals,
): Promise<void> {
  const startedAt = performance.now();
  const answers: Promise<void>[] = [];
  for (let n = 0; n < additions; n += 1) {
    const early = startedAt + (n * 1_000) / PER_SECOND - performance.now();
    if (early > 0) await delay(early);
    const answer = subgraph.add(numberedAddress(first + n)).then(() => arrivals.answered(first + n));
    // A failure is told below, when all have been sent.
    answer.catch(() => undefined);
    answers.push(answer);
  }
  await Promise.all(answers);
}
