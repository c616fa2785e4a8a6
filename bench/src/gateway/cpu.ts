import { CONNECTIONS } from '../endpoint.js';
import { type Figure, ratios } from '../figure.js';
import { repeat } from '../load.js';
import { cpuTimeMs } from '../process-usage.js';
import type { Contender, Contenders } from './contender.js';
import { requireEqualResults, type Shape } from './shapes.js';

/** Warm-up requests of each gateway, as a multiple of the requests of a round. */
const WARM_UP = 3;
const ROUNDS = 5;

/** CPU time of each gateway process per request. The gateways take turns. */
export async function cpuPerRequest(
  contenders: Contenders,
  { name, query, requests }: Shape,
  mostRatio: number,
): Promise<Figure[]> {
  await requireEqualResults(contenders, query);
  const all = Object.values(contenders) as Contender[];
  for (const { endpoint } of all) await repeat(WARM_UP * requests, CONNECTIONS, () => endpoint.query(query));
  const cpu = new Map<Contender, number[]>(all.map((contender) => [contender, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [{ pid, endpoint }, values] of cpu) {
      const before = cpuTimeMs(pid);
      await repeat(requests, CONNECTIONS, () => endpoint.query(query));
      values.push((cpuTimeMs(pid) - before) / requests);
    }
  }
  const { ours, stock, hive } = contenders;
  const ratio = (to: Contender, atMost: number): Figure => ({
    name: `${name}, CPU : ${to.name}`,
    values: ratios(cpu.get(ours)!, cpu.get(to)!),
    digits: 3,
    atMost,
  });
  return [
    ...all.map((each) => ({
      name: `${name}, CPU of ${each.name}`,
      values: cpu.get(each)!,
      unit: 'ms',
      digits: 3,
    })),
    ratio(stock, mostRatio),
    ratio(hive, 1),
  ];
}
