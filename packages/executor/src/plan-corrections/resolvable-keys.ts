import { Kind, visit, type ConstDirectiveNode, type DocumentNode } from 'graphql';

/**
 * The supergraph with the keys that a subgraph resolves before the keys that it does not resolve. To return to a
 * subgraph with the fields that a field requires, the planner takes the first key of the type in that subgraph, and
 * does not look whether the key is resolvable.
 */
export function resolvableKeysFirst(supergraph: DocumentNode): DocumentNode {
  const sorted = <Type extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(
    type: Type,
  ) => {
    const directives = type.directives ?? [];
    const last = directives.filter(isNotResolvable);
    if (last.length === 0) return undefined;
    return {
      ...type,
      directives: [...directives.filter((directive) => !isNotResolvable(directive)), ...last],
    };
  };
  return visit(supergraph, { ObjectTypeDefinition: sorted, InterfaceTypeDefinition: sorted });
}

function isNotResolvable({ name, arguments: given }: ConstDirectiveNode): boolean {
  if (name.value !== 'join__type') return false;
  const resolvable = given?.find((argument) => argument.name.value === 'resolvable')?.value;
  return resolvable?.kind === Kind.BOOLEAN && !resolvable.value;
}
