import { Kind, type ConstDirectiveNode, type DocumentNode } from 'graphql';

/** The value of an argument of a directive, if it is a string or the name of a subgraph. */
export function argumentOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

/** The names of the subgraphs by their names in the supergraph's `join__Graph`. */
export function graphNames(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { name, directives } of definition.values ?? []) {
      const graph = directives?.find((directive) => directive.name.value === 'join__graph');
      names.set(name.value, (graph && argumentOf(graph, 'name')) ?? name.value);
    }
  }
  return names;
}
