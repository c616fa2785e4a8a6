import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { repositoryRoot } from '../repository.js';
import { writeAtomically } from '../write-atomically.js';
import type { NewSubgraph } from './plan.js';

/** Adds the subgraph to supergraph.yaml, and keeps its comments. */
export async function addToManifest(subgraph: NewSubgraph): Promise<void> {
  const file = path.join(repositoryRoot, 'supergraph.yaml');
  await writeAtomically(file, withEntry(await readFile(file, 'utf8'), subgraph));
}

export function withEntry(manifest: string, { name, port }: Pick<NewSubgraph, 'name' | 'port'>): string {
  const document = parseDocument(manifest);
  document.setIn(['subgraphs', name], {
    routing_url: `http://127.0.0.1:${port}/graphql`,
    schema: { file: `subgraphs/${name}/schema.graphql` },
  });
  return document.toString({ lineWidth: 0 });
}
