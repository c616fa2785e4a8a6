import { Kind, visit, type DirectiveNode, type DocumentNode } from 'graphql';
import type { ConditionValues } from '../conditions.js';

/**
 * Writes the values of variables in `@skip` and `@include` into a document. Mutations are planned with them: the planner
 * executes a conditional root field after others, and once for each of its conditions.
 */
export function withDecidedConditions(document: DocumentNode, values: ConditionValues): DocumentNode {
  if (Object.keys(values).length === 0) return document;
  return visit(document, { Directive: (node) => decided(node, values) });
}

function decided(node: DirectiveNode, values: ConditionValues): DirectiveNode | undefined {
  if (node.name.value !== 'skip' && node.name.value !== 'include') return undefined;
  const given = node.arguments?.map((argument) => {
    const value = argument.value.kind === Kind.VARIABLE ? values[argument.value.name.value] : undefined;
    return value === undefined ? argument : { ...argument, value: { kind: Kind.BOOLEAN, value } as const };
  });
  return { ...node, ...(given && { arguments: given }) };
}
