import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint } from '../endpoint.js';
import type { Figure } from '../figure.js';
import { numberedAddress } from '../numbered-address.js';
import { percentile } from '../statistics.js';
import { Watcher } from '../watcher.js';
import { Arrivals } from './arrivals.js';
import { type LiveSystem, WATCH } from './live-system.js';

const WATCHERS = 100;
const PER_SECOND = 100;
const WARM_UP = 5 * PER_SECOND;
const ADDITIONS = 20 * PER_SECOND;
const ROUNDS = 3;
const DEADLINE_MS = 10_000;
const MOST_MS = { p50: 20, p99: 60 };

/** How long after an addition is acknowledged its joined event arrives. Both go through the gateway. */
export async function delivery(live: LiveSystem): Promise<Figure[]> {
  await addAndWatch(live, WARM_UP);
  const rounds: Float64Array[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await addAndWatch(live, ADDITIONS));
  const figure = (percent: 50 | 99): Figure => ({
    name: `addition acknowledged → event, p${percent}`,
    values: rounds.map((delays) => percentile(delays, percent)),
    unit: 'ms',
    digits: 1,
    atMost: MOST_MS[`p${percent}`],
  });
  return [figure(50), figure(99)];
}

/** @returns milliseconds for each addition and watcher, sorted */
async function addAndWatch(live: LiveSystem, additions: number): Promise<Float64Array> {
  const endpoint = live.bench.gateway;
  const first = live.take(additions);
  const arrivals = new Arrivals(first, additions, WATCHERS);
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, (_, watcher) =>
      Watcher.open({ endpoint, query: WATCH, onNumber: (number) => arrivals.saw(watcher, number) }),
    ),
  );
  try {
    const all = addEvenly(endpoint, first, additions, arrivals).then(() => arrivals.complete(DEADLINE_MS));
    await Promise.race([all, ...watchers.map(({ broken }) => broken)]);
    return arrivals.delays();
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

/** Adds at an even pace, whether or not earlier additions have been acknowledged. */
async function addEvenly(
  endpoint: Endpoint,
  first: number,
  additions: number,
  arrivals: Arrivals,
): Promise<void> {
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let number = first; number < first + additions; number += 1) {
    const early = startedAt + ((number - first) * 1_000) / PER_SECOND - performance.now();
    if (early > 0) await delay(early);
    const added = endpoint.add(numberedAddress(number)).then(() => arrivals.acknowledged(number));
    // Promise.all reports a failure when all have been sent.
    added.catch(() => undefined);
    all.push(added);
  }
  await Promise.all(all);
}
