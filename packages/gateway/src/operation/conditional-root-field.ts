import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Rejects a document with a subscription whose root field depends on a variable, such as `subscription($x: Boolean!)
 * { field @include(if: $x) }`. graphql-js's validation and Apollo's planner both throw on it, which would become a
 * 500. Validation covers all operations of the document, so it does not matter which one runs.
 * @returns null for any other document
 */
export function conditionalRootField(document: DocumentNode): GraphQLError | null {
  const subscription = conditionalSubscription(document);
  if (!subscription) return null;
  const { name } = subscription;
  return new GraphQLError(
    `The root field of ${name ? `the subscription "${name.value}"` : 'a subscription'} cannot depend on a variable in @skip or @include.`,
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
  );
}

function conditionalSubscription(document: DocumentNode): OperationDefinitionNode | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const seen = new Set<string>();
  const isConditional = ({ selections }: SelectionSetNode): boolean =>
    selections.some((node) => {
      const onVariable = node.directives?.some(
        ({ name, arguments: args }) =>
          ['skip', 'include'].includes(name.value) && args?.some(({ value }) => value.kind === Kind.VARIABLE),
      );
      if (onVariable) return true;
      if (node.kind === Kind.INLINE_FRAGMENT) return isConditional(node.selectionSet);
      if (node.kind !== Kind.FRAGMENT_SPREAD || seen.has(node.name.value)) return false;
      seen.add(node.name.value);
      const fragment = fragments.get(node.name.value);
      return fragment !== undefined && isConditional(fragment.selectionSet);
    });
  return document.definitions.find(
    (node): node is OperationDefinitionNode =>
      node.kind === Kind.OPERATION_DEFINITION &&
      node.operation === OperationTypeNode.SUBSCRIPTION &&
      isConditional(node.selectionSet),
  );
}
