import { Random } from '../random.js';
import type { SubgraphSource } from '../subgraph-source.js';
import { addInaccessible } from './add-inaccessible.js';
import { addOverrides } from './add-overrides.js';
import { addProvides } from './add-provides.js';
import { addRequires } from './add-requires.js';
import { addEntityFields, addRootFields, completeInterfaces } from './add-fields.js';
import { Blueprint } from './blueprint.js';
import { SubgraphDraft } from './draft.js';
import { planTypes } from './plan-types.js';

/** The subgraphs of a supergraph. Equal seeds give equal subgraphs. A few seeds in a hundred do not compose. */
export function generateSupergraph(seed: number): SubgraphSource[] {
  const random = new Random('supergraph', seed);
  const drafts = ['a', 'b', 'c', 'd'].slice(0, random.between(2, 4)).map((name) => new SubgraphDraft(name));
  const blueprint = new Blueprint(random, drafts);
  planTypes(blueprint);
  for (const [name, { hub }] of blueprint.entities) blueprint.define(hub, name);
  addEntityFields(blueprint);
  addRootFields(blueprint, 'Query');
  if (random.chance(0.5)) addRootFields(blueprint, 'Mutation');
  addRequires(blueprint);
  addProvides(blueprint);
  completeInterfaces(blueprint);
  addOverrides(blueprint);
  addInaccessible(blueprint);
  return drafts.map((draft) => ({ name: draft.name, sdl: draft.print() }));
}
