import { Kind, type DirectiveNode, type DocumentNode, type SelectionSetNode } from 'graphql';

interface Counted {
  directives: number;
  directivesPerLocation: number;
  readonly conditions: Set<string>;
}

/**
 * Counts the directives of a document without expanding fragments: in total, at most in one location, and the
 * variables that `@skip` and `@include` conditions use.
 */
export function countDirectives({ definitions }: DocumentNode): {
  readonly directives: number;
  readonly directivesPerLocation: number;
  readonly conditions: number;
} {
  const counted: Counted = { directives: 0, directivesPerLocation: 0, conditions: new Set() };
  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) continue;
    count(node.directives, counted);
    for (const variable of node.variableDefinitions ?? []) count(variable.directives, counted);
    countIn(node.selectionSet, counted);
  }
  return { ...counted, conditions: counted.conditions.size };
}

function countIn({ selections }: SelectionSetNode, counted: Counted): void {
  for (const node of selections) {
    count(node.directives, counted);
    if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) countIn(node.selectionSet, counted);
  }
}

function count(directives: readonly DirectiveNode[] | undefined, counted: Counted): void {
  const here = directives?.length ?? 0;
  counted.directives += here;
  counted.directivesPerLocation = Math.max(counted.directivesPerLocation, here);
  for (const { name, arguments: given } of directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    for (const { value } of given ?? []) {
      if (value.kind === Kind.VARIABLE) counted.conditions.add(value.name.value);
    }
  }
}
