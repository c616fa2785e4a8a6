import path from 'node:path';
import { Fault } from '@supergraph/tools/fault';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import { perSubgraph } from '@supergraph/tools/subgraphs';
import { type BenchSystem, withBenchSystem } from '../bench-system.js';
import { type Child, startChild } from '../child.js';
import type { DurablePostgres } from '../durable-postgres.js';
import { CONNECTIONS, Endpoint } from '../endpoint.js';
import { type Figure, ratios } from '../figure.js';
import { repeat } from '../load.js';
import { numberedAddress } from '../numbered-address.js';
import { cpuTimeMs } from '../process-usage.js';
import type { StockGatewayTask } from './stock-gateway.js';

const SUBSCRIBERS = 50;
const WARM_UP = 10_000;
const REQUESTS = 3_000;
const ROUNDS = 5;
const MOST_RATIO = 0.5;

const QUERIES = {
  'one hop': '{ viewer { user { id displayName } email scopes } }',
  'two hops':
    '{ subscribers(first: 10) { nodes { id email addedAt addedBy { displayName } } pageInfo { hasNextPage endCursor } } }',
};

/** CPU time of the gateway process per request, compared with a stock Apollo gateway. */
export async function gatewayBench(postgres: DurablePostgres): Promise<Figure[]> {
  return withBenchSystem(postgres, {}, async (bench) => {
    await repeat(SUBSCRIBERS, 1, (n) => bench.subgraph('email-subscriptions').add(numberedAddress(n)));
    const figures: Figure[] = [];
    for (const [name, query] of Object.entries(QUERIES)) figures.push(...(await compare(name, query, bench)));
    return figures;
  });
}

async function compare(name: string, query: string, bench: BenchSystem): Promise<Figure[]> {
  const port = await freePort();
  const child = await startStockGateway(bench, port);
  const stock = new Endpoint(`http://127.0.0.1:${port}/`);
  const { pid } = bench.system.processes.gateway;
  try {
    const [oursData, stockData] = [await bench.gateway.post({ query }), await stock.post({ query })];
    if (oursData !== stockData) throw new Fault(`the results differ: ${oursData} ${stockData}`);
    for (const endpoint of [bench.gateway, stock]) await send(endpoint, query, WARM_UP);
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await cpuPerRequest(pid, bench.gateway, query));
      theirs.push(await cpuPerRequest(child.pid, stock, query));
    }
    const ms = { unit: 'ms', digits: 3 };
    return [
      { name: `${name}, this gateway`, values: ours, ...ms },
      { name: `${name}, stock gateway`, values: theirs, ...ms },
      { name: `${name}, ratio`, values: ratios(ours, theirs), digits: 3, atMost: MOST_RATIO },
    ];
  } finally {
    await stock.close();
    await child.stop();
  }
}

async function startStockGateway({ system, editor }: BenchSystem, port: number): Promise<Child> {
  const task: StockGatewayTask = {
    supergraphFile: path.join(repositoryRoot, 'supergraph.graphql'),
    port,
    caller: editor,
    subgraphs: perSubgraph(({ name, names }) => ({
      url: system.subgraphUrls[name]!,
      secret: system.secrets[names.secret]!,
    })),
  };
  return startChild(new URL('./stock-gateway.js', import.meta.url), task, { APOLLO_TELEMETRY_DISABLED: '1' });
}

async function cpuPerRequest(pid: number, endpoint: Endpoint, query: string): Promise<number> {
  const before = cpuTimeMs(pid);
  await send(endpoint, query, REQUESTS);
  return (cpuTimeMs(pid) - before) / REQUESTS;
}

async function send(endpoint: Endpoint, query: string, requests: number): Promise<void> {
  await repeat(requests, CONNECTIONS, () => endpoint.query(query));
}
