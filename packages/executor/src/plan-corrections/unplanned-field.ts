import type { QueryPlan } from '@apollo/query-planner';
import {
  getNamedType,
  getOperationAST,
  isAbstractType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FragmentSpreadNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { responseKey } from '../document-keys.js';
import { FetchedFields } from './fetched-fields.js';
import { fragmentsOf } from '../document/fragments.js';
import { valuesThatInclude, type VariableValues } from './variable-values.js';

/**
 * Finds a field that no fetch of a plan returns. The planner leaves out a field of an interface when the only subgraph
 * that has the field has no object type for the interface.
 * @param document the document that was planned
 * @returns the coordinates of the first such field outside of abstract types, such as `Query.node`
 */
export function unplannedField(
  plan: QueryPlan,
  document: DocumentNode,
  operationName: string | undefined,
  schema: GraphQLSchema,
): string | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return undefined;
  const fetched = new FetchedFields(plan);
  const fragments = fragmentsOf(document);

  const fragmentOf = (node: FragmentSpreadNode | InlineFragmentNode) =>
    node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value)! : node;
  /** Whether a field or fragment can be in a response. The planner leaves out those that cannot. */
  const isPossible = (selection: SelectionNode, outer: VariableValues): boolean => {
    const values = valuesThatInclude(selection, outer);
    if (!values) return false;
    const { selectionSet } = selection.kind === Kind.FIELD ? selection : fragmentOf(selection);
    return !selectionSet || selectionSet.selections.some((each) => isPossible(each, values));
  };
  const find = (
    set: SelectionSetNode,
    type: GraphQLObjectType,
    parent: string,
    outer: VariableValues,
  ): string | undefined => {
    for (const selection of set.selections) {
      const values = valuesThatInclude(selection, outer);
      if (!values || !isPossible(selection, outer)) continue;
      let found: string | undefined;
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value.startsWith('__')) continue;
        const path = `${parent}.${responseKey(selection)}`;
        if (!fetched.has(path)) return `${type.name}.${selection.name.value}`;
        const returned = getNamedType(type.getFields()[selection.name.value]!.type);
        if (isObjectType(returned)) found = find(selection.selectionSet!, returned, path, values);
      } else {
        const fragment = fragmentOf(selection);
        const name = fragment.typeCondition?.name.value;
        const condition = name === undefined ? type : schema.getType(name);
        const applies =
          condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
        if (applies) found = find(fragment.selectionSet, type, parent, values);
      }
      if (found) return found;
    }
    return undefined;
  };
  return find(operation.selectionSet, root, '', new Map());
}
