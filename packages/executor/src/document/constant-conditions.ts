import { Kind, visit, type DirectiveNode, type DocumentNode, type SelectionNode } from 'graphql';

/**
 * Applies each `@skip` and `@include` with a literal. The planner plans a selection twice that is selected with and
 * without a condition. Selection sets of which nothing is left stay, without selections.
 */
export function withoutConstantConditions(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: { leave: applied },
    InlineFragment: { leave: applied },
    FragmentSpread: { leave: applied },
  });
}

/** @returns null for a selection that is left out, and undefined for one that stays as it is */
function applied<Node extends SelectionNode>(node: Node): Node | null | undefined {
  const directives = node.directives ?? [];
  if (directives.some((each) => literalOf(each) === (each.name.value === 'skip'))) return null;
  const left = directives.filter((each) => literalOf(each) === undefined);
  return left.length < directives.length ? { ...node, directives: left } : undefined;
}

function literalOf({ name, arguments: given }: DirectiveNode): boolean | undefined {
  if (name.value !== 'skip' && name.value !== 'include') return undefined;
  const value = given?.find((each) => each.name.value === 'if')?.value;
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}
