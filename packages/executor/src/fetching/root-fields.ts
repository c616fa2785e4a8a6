import {
  isNonNullType,
  Kind,
  type FieldNode,
  type GraphQLObjectType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ConditionValues } from '../conditions.js';
import { responseKey, type ResponseKeys } from '../response-keys.js';

/** The root fields of a fetch that `@skip` and `@include` do not leave out. */
export interface SelectedRoots {
  /** Their response keys. */
  readonly keys: readonly string[];
  /** The response keys of those that are non-null in the type. */
  readonly nonNull: readonly string[];
}

/**
 * @param type the root type; null when it does not matter which fields are non-null
 * @param names of the variables of the fetch
 */
export function selectedRoots(
  set: SelectionSetNode,
  type: GraphQLObjectType | null | undefined,
  names: ResponseKeys,
  values: ConditionValues,
): SelectedRoots {
  const roots = fieldsOf(set, (node) => isIncluded(node, names, values));
  const isNonNull = ({ name }: FieldNode) => isNonNullType(type?.getFields()[name.value]?.type);
  return {
    keys: [...new Set(roots.map(responseKey))],
    nonNull: [...new Set(roots.filter(isNonNull).map(responseKey))],
  };
}

/** The fields of a selection set, and of its inline fragments. */
export function fieldsOf(
  { selections }: SelectionSetNode,
  isWanted: (node: SelectionNode) => boolean = () => true,
): readonly FieldNode[] {
  return selections.filter(isWanted).flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node];
    return node.kind === Kind.INLINE_FRAGMENT ? fieldsOf(node.selectionSet, isWanted) : [];
  });
}

function isIncluded(
  { directives = [] }: SelectionNode,
  names: ResponseKeys,
  values: ConditionValues,
): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = given[0]?.value;
    const isMet =
      value?.kind === Kind.VARIABLE
        ? values[names.external(value.name.value)]
        : value?.kind === Kind.BOOLEAN && value.value;
    return isMet === (name.value === 'include');
  });
}
