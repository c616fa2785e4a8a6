import { once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { startChild } from '../child.js';
import { type Figure, ratios } from '../figure.js';
import { percentile } from '../statistics.js';
import type { Contender, Contenders } from './contender.js';
import type { LoadReport, LoadTask } from './load-program.js';
import type { Shape } from './shapes.js';

const ROUNDS = 3;
const SATURATION_SECONDS = 4;
const SECONDS = 8;
const LOAD = 0.8;

/**
 * The 99th percentile of the latency of each gateway at the same rate of requests: 80 % of what the slowest of them
 * can serve. The gateways are warm. They take turns.
 */
export async function latency(
  contenders: Contenders,
  { name, query }: Shape,
  accessToken: string,
): Promise<Figure[]> {
  const all = Object.values(contenders) as Contender[];
  const send = (to: Contender, how: Pick<LoadTask, 'seconds' | 'perSecond'>) =>
    load({ url: to.endpoint.url, accessToken, query, ...how });

  const capacities: number[] = [];
  for (const each of all) capacities.push((await send(each, { seconds: SATURATION_SECONDS })).perSecond);
  const perSecond = Math.floor(LOAD * Math.min(...capacities));

  const p99 = new Map<Contender, number[]>(all.map((contender) => [contender, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [contender, values] of p99) {
      const { latencies } = await send(contender, { seconds: SECONDS, perSecond });
      values.push(percentile(Float64Array.from(latencies).sort(), 99));
    }
  }
  const { ours, stock, hive } = contenders;
  const ratio = (to: Contender): Figure => ({
    name: `${name}, p99 : ${to.name}`,
    values: ratios(p99.get(ours)!, p99.get(to)!),
    digits: 2,
    atMost: 1,
  });
  return [
    ...all.map((each, n) => ({
      name: `${name}, ${each.name} at most`,
      values: [capacities[n]!],
      unit: '/s',
    })),
    ...all.map((each) => ({
      name: `${name}, p99 of ${each.name} at ${perSecond}/s`,
      values: p99.get(each)!,
      unit: 'ms',
      digits: 1,
    })),
    ratio(stock),
    ratio(hive),
  ];
}

async function load(task: LoadTask): Promise<LoadReport> {
  const child = await startChild(new URL('./load-program.js', import.meta.url), task);
  try {
    return await Promise.race([
      once(child.process, 'message').then(([report]) => report as LoadReport),
      once(child.process, 'exit').then(() => Promise.reject(new Fault(`a request to ${task.url} failed`))),
    ]);
  } finally {
    await child.stop();
  }
}
