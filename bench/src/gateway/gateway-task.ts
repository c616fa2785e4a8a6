import { asGateway } from '../endpoint.js';
import type { Caller } from '../txn-token.js';

/** The variable with which Hive Gateway sends each request to a subgraph, instead of one for equal ones in flight. */
export const NO_MERGING = 'BENCH_NO_MERGING';

/** The settings for the program of another gateway, which authenticates no clients and calls subgraphs for one user. */
export interface GatewayTask {
  readonly supergraphFile: string;
  readonly port: number;
  readonly caller: Caller;
  readonly subgraphs: Readonly<Record<string, { url: string; secret: string }>>;
}

/** The headers for a subgraph, by its name. */
export function subgraphHeaders(task: GatewayTask): (subgraph: string) => Record<string, string> {
  const credentials = new Map(
    Object.entries(task.subgraphs).map(([name, { secret }]) => [name, asGateway(name, secret, task.caller)]),
  );
  return (subgraph) => {
    const found = credentials.get(subgraph);
    if (!found) throw new Error(`no secret of ${subgraph}`);
    return found.headers();
  };
}
