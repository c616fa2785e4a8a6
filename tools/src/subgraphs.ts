import path from 'node:path';
import {
  type ManifestSubgraph,
  ManifestError,
  namesOf,
  readManifest,
  type SubgraphNames,
} from '@kit/manifest';
import { Fault } from './fault.js';
import { repositoryRoot } from './repository.js';
import { readServiceFile, type ServiceFile } from './service-file.js';

/** A subgraph of this repository. Its name is that of its entry in supergraph.yaml. */
export interface Subgraph extends ManifestSubgraph {
  readonly names: SubgraphNames;
  readonly service: ServiceFile;
}

/** Values by subgraph. */
export type PerSubgraph<Value> = Readonly<Record<string, Value>>;

let known: readonly Subgraph[] | undefined;

/**
 * The subgraphs of supergraph.yaml, in that order.
 * @throws Fault that names what is wrong in supergraph.yaml or in a service.yaml
 */
export function allSubgraphs(): readonly Subgraph[] {
  known ??= manifest().subgraphs.map((subgraph) => ({
    ...subgraph,
    names: namesOf(subgraph.name),
    service: readServiceFile(subgraph.folder),
  }));
  return known;
}

/** @throws Fault when supergraph.yaml is not valid */
export function manifest(): ReturnType<typeof readManifest> {
  try {
    return readManifest(path.join(repositoryRoot, 'supergraph.yaml'));
  } catch (error) {
    throw error instanceof ManifestError ? new Fault(error.message) : error;
  }
}

/** @throws Fault when supergraph.yaml has no such subgraph */
export function subgraphNamed(name: string): Subgraph {
  const found = allSubgraphs().find((subgraph) => subgraph.name === name);
  if (!found) throw new Fault(`supergraph.yaml has no subgraph ${name}`);
  return found;
}

/** The subgraph whose service.yaml has a variable or a secret. */
export function subgraphWith(variable: string): Subgraph | undefined {
  return allSubgraphs().find(
    ({ service: { variables, secrets } }) => variable in variables || variable in secrets,
  );
}

/** One value for each subgraph. */
export function perSubgraph<Value>(valueOf: (subgraph: Subgraph) => Value): Record<string, Value> {
  return Object.fromEntries(allSubgraphs().map((subgraph) => [subgraph.name, valueOf(subgraph)]));
}

/** One value for each subgraph, made in parallel. */
export async function eachSubgraph<Value>(
  valueOf: (subgraph: Subgraph) => Promise<Value>,
): Promise<Record<string, Value>> {
  const entries = allSubgraphs().map(async (subgraph) => [subgraph.name, await valueOf(subgraph)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
