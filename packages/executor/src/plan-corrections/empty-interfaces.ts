import { Kind, type ConstDirectiveNode, type DocumentNode } from 'graphql';
import { argumentOf } from '../supergraph/join-arguments.js';

/** Whether a subgraph has an interface that none of its object types implements. */
export function hasEmptyInterface(supergraph: DocumentNode): boolean {
  const interfaces = new Set<string>();
  const implemented = new Set<string>();
  for (const type of supergraph.definitions) {
    if (type.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      for (const join of joins(type, 'join__type'))
        interfaces.add(`${argumentOf(join, 'graph')} ${type.name.value}`);
    } else if (type.kind === Kind.OBJECT_TYPE_DEFINITION) {
      for (const join of joins(type, 'join__implements'))
        implemented.add(`${argumentOf(join, 'graph')} ${argumentOf(join, 'interface')}`);
    }
  }
  return [...interfaces].some((each) => !implemented.has(each));
}

function joins(type: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, name: string) {
  return (type.directives ?? []).filter((directive) => directive.name.value === name);
}
