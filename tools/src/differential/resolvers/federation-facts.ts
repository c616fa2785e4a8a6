import {
  Kind,
  parse,
  type DirectiveNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { SubgraphSource } from '../subgraph-source.js';
import { namedTypeOf } from './type-nodes.js';

type FieldsNode = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export interface Definition {
  readonly subgraph: string;
  readonly node: FieldDefinitionNode;
}

/** What the federation directives of the subgraphs say. */
export class FederationFacts {
  private readonly types: { readonly subgraph: string; readonly node: FieldsNode }[] = [];
  /** By name: the object types of each subgraph in which the union or interface exists. */
  private readonly possible = new Map<string, Map<string, Set<string>>>();
  private readonly keyFields = new Set<string>();
  private readonly requiredFields = new Set<string>();
  private readonly guarded = new Set<string>();
  private readonly enums = new Map<string, Map<string, string[]>>();

  constructor(subgraphs: readonly SubgraphSource[]) {
    for (const { name, sdl } of subgraphs) this.read(name, sdl);
    for (const { subgraph, node } of this.types) {
      for (const key of selections(node, 'key')) this.note(this.keyFields, subgraph, node.name.value, key);
      for (const field of node.fields ?? [])
        for (const required of selections(field, 'requires')) {
          this.note(this.requiredFields, subgraph, node.name.value, required);
          this.guardNested(node.name.value, required);
        }
    }
  }

  /** The subgraphs' definitions of a field that resolve it. */
  homes(type: string, field: string): Definition[] {
    const definitions = this.definitions(type, field).filter(({ node }) => !directive(node, 'external'));
    const overridden = definitions.map(({ node }) => argument(directive(node, 'override'), 'from'));
    return definitions.filter(({ subgraph }) => !overridden.includes(subgraph));
  }

  /** The definitions of a field in all subgraphs. */
  definitions(type: string, field: string): Definition[] {
    return this.types
      .filter(({ node }) => node.name.value === type)
      .flatMap(({ subgraph, node }) =>
        (node.fields ?? [])
          .filter(({ name }) => name.value === field)
          .map((found) => ({ subgraph, node: found })),
      );
  }

  keys(subgraph: string, type: string): SelectionSetNode[] {
    return this.types
      .filter((each) => each.subgraph === subgraph && each.node.name.value === type)
      .flatMap(({ node }) => selections(node, 'key'));
  }

  isKeyField(type: string, field: string): boolean {
    return this.keyFields.has(`${type}.${field}`);
  }

  isRequired(type: string, field: string): boolean {
    return this.requiredFields.has(`${type}.${field}`);
  }

  /**
   * Whether objects of this type are required by another field: a null in one of their non-null fields, which the client
   * selects beside the required ones, would null what is required.
   */
  isGuarded(type: string): boolean {
    return this.guarded.has(type);
  }

  /** What the field is computed from. */
  requires(type: string, field: string): SelectionSetNode | undefined {
    return this.homes(type, field).flatMap(({ node }) => selections(node, 'requires'))[0];
  }

  /** The object types of an abstract type in one subgraph. */
  possibleTypes(subgraph: string, name: string): readonly string[] {
    return [...(this.possible.get(name)?.get(subgraph) ?? [])];
  }

  enumValues(subgraph: string, name: string): readonly string[] {
    return this.enums.get(name)?.get(subgraph) ?? [];
  }

  /** The interface with a key that the type implements. */
  entityInterface(type: string): string | undefined {
    const names = this.types
      .filter(({ node }) => node.kind === Kind.INTERFACE_TYPE_DEFINITION && directive(node, 'key'))
      .map(({ node }) => node.name.value);
    return names.find((name) => name === type || this.implementations(name).includes(type));
  }

  implementations(name: string): string[] {
    return [...new Set([...(this.possible.get(name)?.values() ?? [])].flatMap((types) => [...types]))].sort();
  }

  isInterfaceObject(type: string): boolean {
    return this.types.some(({ node }) => node.name.value === type && directive(node, 'interfaceObject'));
  }

  private read(subgraph: string, sdl: string): void {
    const addPossible = (name: string, type: string) => {
      const bySubgraph = this.possible.get(name) ?? new Map<string, Set<string>>();
      this.possible.set(name, bySubgraph.set(subgraph, (bySubgraph.get(subgraph) ?? new Set()).add(type)));
    };
    for (const node of parse(sdl).definitions) {
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION)
        this.types.push({ subgraph, node });
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION)
        for (const { name } of node.interfaces ?? []) addPossible(name.value, node.name.value);
      if (node.kind === Kind.UNION_TYPE_DEFINITION)
        for (const { name } of node.types ?? []) addPossible(node.name.value, name.value);
      if (node.kind !== Kind.ENUM_TYPE_DEFINITION) continue;
      const values = (node.values ?? []).map(({ name }) => name.value);
      const bySubgraph = this.enums.get(node.name.value) ?? new Map<string, string[]>();
      this.enums.set(node.name.value, bySubgraph.set(subgraph, values));
    }
  }

  private guardNested(type: string, { selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind !== Kind.FIELD || !selection.selectionSet) continue;
      const [definition] = this.definitions(type, selection.name.value);
      if (definition) this.guard(namedTypeOf(definition.node.type));
    }
  }

  /** Guards a type, and the types of its non-null fields. */
  private guard(type: string): void {
    if (this.guarded.has(type)) return;
    this.guarded.add(type);
    for (const each of this.implementations(type)) this.guard(each);
    for (const { node } of this.types.filter((each) => each.node.name.value === type))
      for (const field of node.fields ?? [])
        if (field.type.kind === Kind.NON_NULL_TYPE) this.guard(namedTypeOf(field.type));
  }

  /** Notes the fields of a selection, nested ones too. */
  private note(fields: Set<string>, subgraph: string, type: string, { selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT)
        this.note(fields, subgraph, selection.typeCondition?.name.value ?? type, selection.selectionSet);
      if (selection.kind !== Kind.FIELD) continue;
      for (const each of [type, ...this.implementations(type)]) fields.add(`${each}.${selection.name.value}`);
      const [definition] = this.definitions(type, selection.name.value);
      if (definition && selection.selectionSet)
        this.note(fields, subgraph, namedTypeOf(definition.node.type), selection.selectionSet);
    }
  }
}

export function directive(
  { directives }: { readonly directives?: readonly DirectiveNode[] | undefined },
  name: string,
): DirectiveNode | undefined {
  return directives?.find((each) => each.name.value === name);
}

function argument(node: DirectiveNode | undefined, name: string): string | undefined {
  const value = node?.arguments?.find((each) => each.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** The `fields` of each of a node's directives of this name. */
function selections(
  { directives }: { readonly directives?: readonly DirectiveNode[] | undefined },
  name: string,
): SelectionSetNode[] {
  return (directives ?? [])
    .filter((each) => each.name.value === name)
    .map((each) => parse(`{ ${argument(each, 'fields')} }`).definitions[0])
    .flatMap((node) => (node?.kind === Kind.OPERATION_DEFINITION ? [node.selectionSet] : []));
}
