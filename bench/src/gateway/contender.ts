import path from 'node:path';
import { freePort } from '@supergraph/tools/free-port';
import { repositoryRoot } from '@supergraph/tools/repository';
import { perSubgraph } from '@supergraph/tools/subgraphs';
import type { BenchSystem } from '../bench-system.js';
import { startChild } from '../child.js';
import { Endpoint } from '../endpoint.js';
import type { GatewayTask } from './gateway-task.js';

/** A gateway over the subgraphs of the system. */
export interface Contender {
  /** As in the names of figures. */
  readonly name: string;
  readonly pid: number;
  readonly endpoint: Endpoint;
}

export interface Contenders {
  readonly ours: Contender;
  /** Apollo's gateway. */
  readonly stock: Contender;
  /** Hive Gateway with its query planner in Rust. */
  readonly hive: Contender;
}

/** Runs `work` with all gateways. Ours is the one of the system, which is not restarted. */
export async function withContenders<Result>(
  bench: BenchSystem,
  work: (contenders: Contenders) => Promise<Result>,
  environment: Record<string, string> = {},
): Promise<Result> {
  const ours = {
    name: 'this gateway',
    pid: bench.system.processes.gateway.pid,
    endpoint: bench.gateway,
  };
  const started: Awaited<ReturnType<typeof start>>[] = [];
  try {
    const stock = await start(bench, 'stock gateway', './stock-gateway.js', environment);
    started.push(stock);
    const hive = await start(bench, 'Hive Gateway', './hive-gateway.js', environment);
    started.push(hive);
    return await work({ ours, stock, hive });
  } finally {
    for (const contender of started) await contender.stop();
  }
}

async function start(
  { system, editor }: BenchSystem,
  name: string,
  program: string,
  environment: Record<string, string>,
): Promise<Contender & { stop(): Promise<void> }> {
  const port = await freePort();
  const task: GatewayTask = {
    supergraphFile: path.join(repositoryRoot, 'supergraph.graphql'),
    port,
    caller: editor,
    subgraphs: perSubgraph(({ name: subgraph, names }) => ({
      url: system.subgraphUrls[subgraph]!,
      secret: system.secrets[names.secret]!,
    })),
  };
  const child = await startChild(new URL(program, import.meta.url), task, {
    APOLLO_TELEMETRY_DISABLED: '1',
    ...environment,
  });
  const endpoint = new Endpoint(`http://127.0.0.1:${port}/graphql`);
  return {
    name,
    pid: child.pid,
    endpoint,
    async stop() {
      await endpoint.close();
      await child.stop();
    },
  };
}
