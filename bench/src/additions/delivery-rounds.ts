import { setTimeout as delay } from 'node:timers/promises';
import { cpuTimeMs } from '../cpu-time.js';
import { type Figure, printFigures } from '../figure.js';
import { percentile } from '../statistics.js';
import { Arrivals } from './arrivals.js';
import type { Endpoint } from './endpoint.js';
import { numberedAddress } from './numbered-address.js';
import { Watcher } from './watcher.js';

const WATCHERS = 100;
const PER_SECOND = 100;
const WARM_UP = 5 * PER_SECOND;
const ADDITIONS = 20 * PER_SECOND;
const ROUNDS = 3;
const DEADLINE_MS = 10_000;

/** How many numbers a delivery uses up. */
export const numbersOfDelivery = WARM_UP + ROUNDS * ADDITIONS;

/** Where to add and to watch, and which process is behind it. */
export interface Delivery {
  readonly title: string;
  readonly endpoint: Endpoint;
  /** Takes `$after`, asks for bookmarks, and selects the address of the subscriber. */
  readonly query: string;
  /** The number of the first address to add. */
  readonly first: number;
  readonly service: { readonly name: string; readonly pid: number };
  readonly mostMs: { readonly p50: number; readonly p99: number };
}

interface Round {
  /** Milliseconds from an addition's HTTP answer to its event, for each addition and watcher, sorted. */
  readonly delays: Float64Array;
  /** CPU time of the service process, in percent of one core. */
  readonly cpuPercent: number;
}

/** How long after its HTTP answer an addition reaches those who watch; before it is a time below zero. */
export async function printDelivery(delivery: Delivery): Promise<void> {
  const { title, first, service, mostMs } = delivery;
  const rounds: Round[] = [];
  await addAndWatch(delivery, first, WARM_UP);
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await addAndWatch(delivery, first + WARM_UP + round * ADDITIONS, ADDITIONS));
  }
  const at = (percent: number): Pick<Figure, 'values' | 'unit' | 'digits'> => ({
    values: rounds.map(({ delays }) => percentile(delays, percent)),
    unit: 'ms',
    digits: 1,
  });
  printFigures(
    `${title}: ${ROUNDS} rounds of ${ADDITIONS} additions, ${PER_SECOND} a second, ${WATCHERS} watchers`,
    [
      { name: 'p50', ...at(50), atMost: mostMs.p50 },
      { name: 'p99', ...at(99), atMost: mostMs.p99 },
      { name: 'max', ...at(100) },
      {
        name: `CPU of ${service.name}`,
        values: rounds.map(({ cpuPercent }) => cpuPercent),
        unit: '% of a core',
      },
    ],
  );
}

async function addAndWatch(delivery: Delivery, first: number, additions: number): Promise<Round> {
  const { endpoint, query, service } = delivery;
  const arrivals = new Arrivals(first, additions, WATCHERS);
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, (_, watcher) =>
      Watcher.open({ endpoint, query, onNumber: (number) => arrivals.saw(watcher, number) }),
    ),
  );
  try {
    const [cpuBefore, startedAt] = [cpuTimeMs(service.pid), performance.now()];
    const all = addEvenly(endpoint, first, additions, arrivals).then(() => arrivals.complete(DEADLINE_MS));
    await Promise.race([all, ...watchers.map(({ broken }) => broken)]);
    const cpuPercent = (100 * (cpuTimeMs(service.pid) - cpuBefore)) / (performance.now() - startedAt);
    return { delays: arrivals.delays(), cpuPercent };
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

/** Adds at an even pace, whether or not earlier additions have been answered. */
async function addEvenly(
  endpoint: Endpoint,
  first: number,
  additions: number,
  arrivals: Arrivals,
): Promise<void> {
  const startedAt = performance.now();
  const answers: Promise<void>[] = [];
  for (let n = 0; n < additions; n += 1) {
    const early = startedAt + (n * 1_000) / PER_SECOND - performance.now();
    if (early > 0) await delay(early);
    const answer = endpoint.add(numberedAddress(first + n)).then(() => arrivals.answered(first + n));
    // A failure is told below, when all have been sent.
    answer.catch(() => undefined);
    answers.push(answer);
  }
  await Promise.all(answers);
}
