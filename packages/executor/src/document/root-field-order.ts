import type { FetchNode, PlanNode } from '@apollo/query-planner';
import {
  Kind,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { withoutFragments } from './fragments.js';
import { responseKey } from '../document-keys.js';

/**
 * Puts the root fields of each fetch of a mutation into the order of the operation. The planner puts fields with
 * subfields before others.
 * @param operation of the internal document
 */
export function withRootFieldsInOrder(
  node: PlanNode | undefined,
  { selectionSet }: OperationDefinitionNode,
): PlanNode | undefined {
  if (!node) return node;
  const keys = selectionSet.selections.map(keyOf);
  return reordered(node, (some, other) => keys.indexOf(keyOf(some)) - keys.indexOf(keyOf(other)));
}

type Compare = (some: SelectionNode, other: SelectionNode) => number;

function reordered(node: PlanNode, compare: Compare): PlanNode {
  if (node.kind === 'Sequence' || node.kind === 'Parallel')
    return { ...node, nodes: node.nodes.map((each) => reordered(each, compare)) };
  if (node.kind === 'Condition') {
    const { ifClause, elseClause } = node;
    return {
      ...node,
      ...(ifClause && { ifClause: reordered(ifClause, compare) }),
      ...(elseClause && { elseClause: reordered(elseClause, compare) }),
    };
  }
  return node.kind === 'Fetch' && node.operationKind === OperationTypeNode.MUTATION
    ? reorderedFetch(node, compare)
    : node;
}

function reorderedFetch(fetch: FetchNode, compare: Compare): FetchNode {
  const document: DocumentNode = visit(withoutFragments(parse(fetch.operation, { noLocation: true })), {
    OperationDefinition: ({ selectionSet, ...operation }) => ({
      ...operation,
      selectionSet: { ...selectionSet, selections: rootFields(selectionSet).toSorted(compare) },
    }),
  });
  return { ...fetch, operation: stripIgnoredCharacters(print(document)) };
}

/** The root fields of a fetch. The planner may put some into a fragment that the operation has. */
export function rootFields({ selections }: SelectionSetNode): readonly SelectionNode[] {
  return selections.flatMap((each) =>
    each.kind === Kind.INLINE_FRAGMENT && !each.directives?.length ? rootFields(each.selectionSet) : [each],
  );
}

/** The key of a field, or of the first one in a fragment. */
function keyOf(selection: SelectionNode): string | undefined {
  if (selection.kind === Kind.FIELD) return responseKey(selection);
  const [first] = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet.selections : [];
  return first && keyOf(first);
}
