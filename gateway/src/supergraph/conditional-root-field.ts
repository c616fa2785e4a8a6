import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Refuses subscriptions whose root field hangs on a variable. graphql-js's validation and Apollo's planner both
 * throw on `subscription($x: Boolean!) { field @include(if: $x) }` instead of answering, which would be a 500 here.
 * A plugin cannot refuse before validation, so the document is swapped for a harmless one that is refused after it.
 */
export class ConditionalRootFields {
  readonly #refused = new WeakSet<DocumentNode>();

  /** Whether it is worth looking at the document; a persisted query without its text was here before, with it. */
  static mayBeIn(query: string | undefined): boolean {
    return query !== undefined && query.includes('@') && query.includes('subscription');
  }

  /** What to validate instead of a document that validation would throw on; the document itself otherwise. */
  replace(document: DocumentNode): DocumentNode {
    if (!hasConditionalRootField(document)) return document;
    const harmless = parse('{ __typename }');
    this.#refused.add(harmless);
    return harmless;
  }

  /** @throws GraphQLError for what `replace` has put in the place of a document */
  refuse(document: DocumentNode): void {
    if (!this.#refused.has(document)) return;
    throw new GraphQLError(
      'The root field of a subscription cannot depend on a variable in @skip or @include.',
      {
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
      },
    );
  }
}

function hasConditionalRootField(document: DocumentNode): boolean {
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
  return document.definitions.some(
    (node) =>
      node.kind === Kind.OPERATION_DEFINITION &&
      node.operation === OperationTypeNode.SUBSCRIPTION &&
      isConditional(node.selectionSet),
  );
}
