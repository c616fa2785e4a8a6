import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import { fieldSet } from './field-sets.js';
import { argumentOf, graphNames } from './join-arguments.js';

/** The values that fields of a supergraph require with `@requires`. */
export class Requirements {
  private readonly sets = new Map<string, SelectionSetNode>();
  private readonly implementations = new Map<string, string[]>();

  constructor(supergraph: DocumentNode) {
    const graphs = graphNames(supergraph);
    for (const type of supergraph.definitions) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      for (const { name } of type.interfaces ?? []) {
        this.implementations.set(name.value, [
          ...(this.implementations.get(name.value) ?? []),
          type.name.value,
        ]);
      }
      for (const field of type.fields ?? []) {
        for (const directive of field.directives ?? []) {
          const requires = directive.name.value === 'join__field' && argumentOf(directive, 'requires');
          if (!requires) continue;
          const subgraph = graphs.get(argumentOf(directive, 'graph') ?? '') ?? '';
          this.sets.set(`${subgraph} ${type.name.value}.${field.name.value}`, fieldSet(requires));
        }
      }
    }
  }

  /** The values that a field of an entity requires in a subgraph, for each type that the entity may have. */
  of(subgraph: string, type: string, field: string): readonly SelectionSetNode[] {
    const types = [type, ...(this.implementations.get(type) ?? [])];
    return types.flatMap((each) => this.sets.get(`${subgraph} ${each}.${field}`) ?? []);
  }
}
