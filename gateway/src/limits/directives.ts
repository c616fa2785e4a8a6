import { Kind, type DirectiveNode, type DocumentNode, type SelectionSetNode } from 'graphql';

interface Directives {
  directives: number;
  directivesPerLocation: number;
}

/** How many directives a document has as it is written: in all, and at most in one place. */
export function countDirectives({ definitions }: DocumentNode): Directives {
  const counted: Directives = { directives: 0, directivesPerLocation: 0 };
  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) continue;
    count(node.directives, counted);
    for (const variable of node.variableDefinitions ?? []) count(variable.directives, counted);
    countIn(node.selectionSet, counted);
  }
  return counted;
}

function countIn({ selections }: SelectionSetNode, counted: Directives): void {
  for (const node of selections) {
    count(node.directives, counted);
    if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) countIn(node.selectionSet, counted);
  }
}

function count(directives: readonly DirectiveNode[] | undefined, counted: Directives): void {
  const here = directives?.length ?? 0;
  counted.directives += here;
  counted.directivesPerLocation = Math.max(counted.directivesPerLocation, here);
}
