import { getOperationAST, Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import type { ConditionValues } from '../conditions.js';
import { fragmentsOf } from '../document/fragments.js';
import type { Requirements } from '../supergraph/requirements.js';
import type { ResponseKeys } from '../response-keys.js';
import { isIncluded } from './root-fields.js';

/**
 * The required values of a fetch of entities that only those of its fields need which `@skip` and `@include` leave
 * out. They are not fetched, so they may be missing.
 * @returns their paths in an entity, such as `.price.amount`
 */
export function optionalRequirements(
  document: DocumentNode,
  subgraph: string,
  requirements: Requirements,
  keys: ResponseKeys,
  values: ConditionValues,
): ReadonlySet<string> {
  const fragments = fragmentsOf(document);
  const needed = new Set<string>();
  const optional = new Set<string>();
  const collect = ({ selections }: SelectionSetNode, type: string, isAround: boolean): void => {
    for (const node of selections) {
      const isWanted = isAround && isIncluded(node, keys, values);
      if (node.kind === Kind.FIELD) {
        const found = isWanted ? needed : optional;
        for (const set of requirements.of(subgraph, type, node.name.value)) addPaths(set, '', found);
      } else {
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value)!;
        collect(fragment.selectionSet, fragment.typeCondition?.name.value ?? type, isWanted);
      }
    }
  };
  const [entities] = getOperationAST(document)!.selectionSet.selections;
  if (entities?.kind === Kind.FIELD && entities.selectionSet) collect(entities.selectionSet, '', true);
  for (const path of needed) optional.delete(path);
  return optional;
}

function addPaths({ selections }: SelectionSetNode, parent: string, paths: Set<string>): void {
  for (const node of selections) {
    if (node.kind === Kind.FRAGMENT_SPREAD) continue;
    const path = node.kind === Kind.FIELD ? `${parent}.${node.name.value}` : parent;
    if (node.kind === Kind.FIELD) paths.add(path);
    if (node.selectionSet) addPaths(node.selectionSet, path, paths);
  }
}
