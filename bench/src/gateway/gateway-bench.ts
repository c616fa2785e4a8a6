import { type BenchSystem, withBenchSystem } from '../bench-system.js';
import type { DurablePostgres } from '../durable-postgres.js';
import type { Figure } from '../figure.js';
import { type Contenders, withContenders } from './contender.js';
import { cpuPerRequest } from './cpu.js';
import { event } from './event.js';
import { firstUse } from './first-use.js';
import { NO_MERGING } from './gateway-task.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { probeGateway } from './probed-gateway.js';
import { fill, LONG_PAGE, PAGE, SUBSCRIBERS, VIEWER } from './shapes.js';

/** The shapes of queries, with the bound for the CPU time as a part of the stock gateway's. */
const SHAPES = [
  { shape: VIEWER, mostRatio: 0.36 },
  { shape: PAGE, mostRatio: 0.3 },
  { shape: LONG_PAGE, mostRatio: 0.3 },
];

/** This gateway, compared with Apollo's and Hive's over the same subgraphs. */
export async function gatewayBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, {}, async (bench) => {
    await fill(bench);
    return [
      ...(await withContenders(bench, compare)),
      // With less work for the subgraphs, which use the same cores, latencies would say little about gateways.
      ...(await withContenders(bench, (contenders) => latencies(contenders, bench.accessToken), {
        [NO_MERGING]: 'yes',
      })),
      ...(await inside(bench)),
    ];
  });
}

async function compare(contenders: Contenders): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { shape, mostRatio } of SHAPES)
    figures.push(...(await cpuPerRequest(contenders, shape, mostRatio)));
  return [...figures, ...(await firstUse(contenders))];
}

async function latencies(contenders: Contenders, accessToken: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { shape } of SHAPES) figures.push(...(await latency(contenders, shape, accessToken)));
  return figures;
}

/** The figures that are measured inside this gateway's process. */
async function inside(bench: BenchSystem): Promise<Figure[]> {
  const probe = await probeGateway(bench.system);
  return [...(await memory(bench.gateway, probe)), ...(await event(bench, probe, SUBSCRIBERS))];
}
