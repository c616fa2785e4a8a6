import {
  Kind,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { fieldSet } from './field-sets.js';
import { argumentOf, graphNames } from './join-arguments.js';

type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** A field of an entity that a subgraph computes from fields of other subgraphs. */
export interface ComputedField {
  readonly subgraph: string;
  /** A key by which the subgraph finds the entity. */
  readonly key: SelectionSetNode;
  readonly requires: SelectionSetNode;
  /** Whether it requires computed fields, which require others themselves. */
  readonly isChained: boolean;
}

/** The fields of object types with `@requires` that no subgraph resolves without it. */
export class ComputedFields {
  private readonly fields = new Map<string, ComputedField>();
  private readonly types = new Map<string, FieldsType>();
  /** The types that implement an interface, by its name. */
  private readonly implementations = new Map<string, FieldsType[]>();

  constructor(supergraph: DocumentNode) {
    for (const type of supergraph.definitions.filter(isFieldsType)) this.addType(type);
    const graphs = graphNames(supergraph);
    for (const type of this.types.values()) {
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const field of type.fields ?? []) {
        const join = computingJoin(field);
        if (!join) continue;
        const graph = argumentOf(join, 'graph')!;
        const key = keysIn(type, graph).find((each) => !this.areIn(each, type.name.value));
        if (!key) continue;
        const requires = fieldSet(argumentOf(join, 'requires')!);
        this.fields.set(`${type.name.value}.${field.name.value}`, {
          subgraph: graphs.get(graph)!,
          key,
          requires,
          isChained: this.areIn(requires, type.name.value),
        });
      }
    }
  }

  get exist(): boolean {
    return this.fields.size > 0;
  }

  /** Whether some require computed fields. */
  get areChained(): boolean {
    return [...this.fields.values()].some(({ isChained }) => isChained);
  }

  of(type: string, field: string): ComputedField | undefined {
    return this.fields.get(`${type}.${field}`);
  }

  private areIn({ selections }: SelectionSetNode, type: string): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT)
        return this.areIn(selection.selectionSet, selection.typeCondition?.name.value ?? type);
      const { name, selectionSet } = selection;
      const definitions = this.definitions(type, name.value);
      if (definitions.some(isComputed)) return true;
      const [definition] = definitions;
      return !!selectionSet && !!definition && this.areIn(selectionSet, namedType(definition.type));
    });
  }

  /** The definitions of a field in a type, its interfaces, and the types that implement it. */
  private definitions(name: string, field: string): readonly FieldDefinitionNode[] {
    const own = this.types.get(name);
    const interfaces = (own?.interfaces ?? []).flatMap((each) => this.types.get(each.name.value) ?? []);
    const related = [...(own ? [own] : []), ...interfaces, ...(this.implementations.get(name) ?? [])];
    return related.flatMap(({ fields = [] }) => fields.filter((each) => each.name.value === field));
  }

  private addType(type: FieldsType): void {
    this.types.set(type.name.value, type);
    for (const { name } of type.interfaces ?? [])
      this.implementations.set(name.value, [...(this.implementations.get(name.value) ?? []), type]);
  }
}

/** The keys of a type in a subgraph. */
function keysIn({ directives = [] }: FieldsType, graph: string): SelectionSetNode[] {
  return directives
    .filter((each) => argumentOf(each, 'graph') === graph)
    .flatMap((each) => {
      const key = argumentOf(each, 'key');
      return key === undefined ? [] : [fieldSet(key)];
    });
}

function isFieldsType(node: DefinitionNode): node is FieldsType {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** Where a field is computed; undefined when a subgraph resolves it without others. */
function computingJoin({ directives = [] }: FieldDefinitionNode): ConstDirectiveNode | undefined {
  const joins = directives.filter((each) => each.name.value === 'join__field' && isResolved(each));
  return joins.every((each) => argumentOf(each, 'requires') !== undefined) ? joins[0] : undefined;
}

/** Whether a subgraph resolves a field. */
function isResolved({ arguments: given = [] }: ConstDirectiveNode): boolean {
  const names = given.map(({ name }) => name.value);
  return names.includes('graph') && !names.includes('external') && !names.includes('usedOverridden');
}

function isComputed({ directives = [] }: FieldDefinitionNode): boolean {
  return directives.some((each) => argumentOf(each, 'requires') !== undefined);
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
