import { Kind, visit, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import { argumentOf } from '../supergraph/join-arguments.js';

/**
 * The supergraph with the keys that a subgraph resolves before the keys that it does not resolve. To return to a
 * subgraph with the fields that a field requires, the planner takes the first key of the type in that subgraph, and
 * does not look whether the key is resolvable.
 * @returns the same document when no subgraph has a key to move
 */
export function resolvableKeysFirst(supergraph: DocumentNode): DocumentNode {
  const sorted = <Type extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(
    type: Type,
  ) => {
    const directives = type.directives ?? [];
    if (!directives.some((directive, n) => comesBeforeResolvable(directive, directives.slice(n + 1))))
      return undefined;
    const first = directives.filter((directive) => !isNotResolvable(directive));
    return { ...type, directives: [...first, ...directives.filter(isNotResolvable)] };
  };
  return visit(supergraph, { ObjectTypeDefinition: sorted, InterfaceTypeDefinition: sorted });
}

/** Whether a key is not resolvable, and a later key of its subgraph is. */
function comesBeforeResolvable(directive: ConstDirectiveNode, later: readonly ConstDirectiveNode[]): boolean {
  const isOfSameSubgraph = (other: ConstDirectiveNode) =>
    other.name.value === 'join__type' && argumentOf(other, 'graph') === argumentOf(directive, 'graph');
  return (
    isNotResolvable(directive) && later.some((other) => isOfSameSubgraph(other) && !isNotResolvable(other))
  );
}

function isNotResolvable({ name, arguments: given }: ConstDirectiveNode): boolean {
  if (name.value !== 'join__type') return false;
  const resolvable = given?.find((argument) => argument.name.value === 'resolvable')?.value;
  return resolvable?.kind === Kind.BOOLEAN && !resolvable.value;
}
