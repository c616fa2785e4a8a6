import { Kind, visit, type DocumentNode, type SelectionSetNode } from 'graphql';
import { TYPENAME } from './selection-nodes.js';

/**
 * Selects `__typename` in each field beneath which nothing may be selected. The planner leaves out fields without
 * subfields, and takes the conditions of all subfields for conditions of a field that has conditions of its own.
 */
export function withTypenamesOfConditionalObjects(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: {
      leave: (node) =>
        node.directives?.length && node.selectionSet && !isNeverEmpty(node.selectionSet)
          ? { ...node, selectionSet: withTypename(node.selectionSet) }
          : undefined,
    },
    SelectionSet: { leave: (set) => (set.selections.length === 0 ? withTypename(set) : undefined) },
  });
}

function isNeverEmpty({ selections }: SelectionSetNode): boolean {
  return selections.some((each) => each.kind === Kind.FIELD && !each.directives?.length);
}

function withTypename(set: SelectionSetNode): SelectionSetNode {
  return { ...set, selections: [...set.selections, TYPENAME] };
}
