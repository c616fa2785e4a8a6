import { Kind, visit, type DocumentNode, type FragmentDefinitionNode } from 'graphql';

/** The fragments of a document by their names. */
export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  );
}

/** The operations of a document, with inline fragments for its named fragments. */
export function withoutFragments(document: DocumentNode): DocumentNode {
  const fragments = fragmentsOf(document);
  const inlined = visit(document, {
    FragmentSpread: ({ name, directives }) => {
      const { typeCondition, selectionSet } = fragments.get(name.value)!;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, ...(directives && { directives }), selectionSet };
    },
  });
  return {
    ...inlined,
    definitions: inlined.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION),
  };
}
