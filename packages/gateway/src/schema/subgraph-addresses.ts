import { Kind, parse, valueFromASTUntyped, type EnumValueDefinitionNode } from 'graphql';

/**
 * Reads the subgraphs of a supergraph from `join__Graph`: the address that each was composed with, by its name. The
 * address is empty when none was given.
 */
export function subgraphAddresses(supergraphSdl: string): ReadonlyMap<string, string> {
  const graphs = parse(supergraphSdl, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph',
  );
  const values = graphs?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.values ?? []) : [];
  return new Map(values.map((value) => [argumentOf(value, 'name'), argumentOf(value, 'url')]));
}

function argumentOf({ directives }: EnumValueDefinitionNode, name: string): string {
  const graph = directives?.find((directive) => directive.name.value === 'join__graph');
  const argument = graph?.arguments?.find((each) => each.name.value === name);
  return argument ? String(valueFromASTUntyped(argument.value)) : '';
}
