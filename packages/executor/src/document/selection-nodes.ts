import {
  Kind,
  type DirectiveNode,
  type FieldNode,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isCondition } from '../conditions.js';

export const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The `@skip` and `@include` among some directives. */
export function conditionsAmong(directives: readonly DirectiveNode[] = []): readonly DirectiveNode[] {
  return directives.filter(isCondition);
}

/** A field under the conditions of the fragments around it. */
export function under(directives: readonly DirectiveNode[], field: FieldNode): SelectionNode {
  let selection: SelectionNode = field;
  for (const directive of conditionsAmong(directives).toReversed()) {
    const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [selection] };
    selection = { kind: Kind.INLINE_FRAGMENT, directives: [directive], selectionSet };
  }
  return selection;
}

export function fragmentOn(type: string, selections: readonly SelectionNode[]): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}

/** The selections of a set, with the types of nested objects, which a subgraph may need. */
export function withTypenames({ selections }: SelectionSetNode): readonly SelectionNode[] {
  return selections.map((selection): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return selection;
    const nested = withTypenames(selection.selectionSet);
    const isField = selection.kind === Kind.FIELD;
    const selectionSet = { ...selection.selectionSet, selections: isField ? [TYPENAME, ...nested] : nested };
    return { ...selection, selectionSet };
  });
}
