import { existsSync } from 'node:fs';
import path from 'node:path';
import { isSubgraphName } from '@kit/manifest';
import { Fault } from '../fault.js';
import { repositoryRoot } from '../repository.js';
import type { Subgraph } from '../subgraphs.js';

const GATEWAY_PORT = 4_000;
const LOWEST_PORT = 4_001;
const HIGHEST_PORT = 4_999;

/** Where a new subgraph will be. */
export interface NewSubgraph {
  readonly name: string;
  readonly port: number;
  /** Absolute. */
  readonly folder: string;
}

/** @throws Fault that says why there can be no subgraph with this name */
export function planSubgraph(name: string, existing: readonly Subgraph[]): NewSubgraph {
  if (!isSubgraphName(name)) {
    throw new Fault(
      `"${name}" is not a name for a subgraph: use lower case and hyphens, and begin with a letter, as in "old-orders".`,
    );
  }
  if (name === 'gateway' || existing.some((subgraph) => subgraph.name === name)) {
    throw new Fault(`The name ${name} is taken. Choose another one.`);
  }
  const folder = path.join(repositoryRoot, 'subgraphs', name);
  if (existsSync(folder)) throw new Fault(`The folder ${folder} exists. Delete it, or choose another name.`);
  return { name, port: freePortOf(existing), folder };
}

/** The next port that nothing of `npm start` uses by default. */
function freePortOf(existing: readonly Subgraph[]): number {
  const used = new Set([
    GATEWAY_PORT,
    ...existing.flatMap(({ port, service }) => [port, ...Object.values(service.development.ports)]),
  ]);
  for (let port = LOWEST_PORT; port <= HIGHEST_PORT; port += 1) if (!used.has(port)) return port;
  throw new Fault(`No port from ${LOWEST_PORT} to ${HIGHEST_PORT} is free in supergraph.yaml.`);
}
