import {
  Kind,
  parse,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { mutationRules, type MutationRules } from '../mutation-rules.js';
import { ASSUMED_LIST_SIZE } from './limits.js';
import { wholeNumber, type ListSize } from './list-size.js';

/** The cost of one field, from the schema. */
export interface FieldCost {
  /** Cost of one returned value, without its selections. */
  readonly weight: number;
  /** The field's type, without lists. */
  readonly type: string;
  readonly isList: boolean;
  readonly listSize: ListSize | null;
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;
type Annotated = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/**
 * The costs that a supergraph declares with `@cost` and `@listSize`. By default an object costs 1 and a scalar 0. An
 * interface costs as much as its most expensive implementation, so that a query through the interface is not cheaper.
 */
export class CostModel {
  private readonly fields = new Map<string, ReadonlyMap<string, FieldCost>>();
  private readonly mutations: ReadonlyMap<string, MutationRules>;
  private readonly weights = new Map<string, number>();
  private readonly members = new Map<string, Composite[]>();

  constructor(supergraphSdl: string) {
    this.mutations = mutationRules(supergraphSdl);
    const { definitions } = parse(supergraphSdl, { noLocation: true });
    const composites = definitions.filter(isComposite);
    for (const type of composites) {
      for (const { name } of type.interfaces ?? []) this.addMember(name.value, type);
    }
    for (const node of definitions) {
      if (node.kind !== Kind.UNION_TYPE_DEFINITION) continue;
      const names = new Set(node.types?.map(({ name }) => name.value));
      for (const type of composites) if (names.has(type.name.value)) this.addMember(node.name.value, type);
    }
    for (const node of definitions) this.weigh(node);
    for (const type of composites) {
      this.fields.set(
        type.name.value,
        new Map((type.fields ?? []).map((field) => [field.name.value, this.fieldCost(type, field)])),
      );
    }
  }

  /**
   * Undefined for fields that are not in the supergraph: introspection, which needs no subgraph, and invalid fields.
   */
  field(type: string | undefined, name: string): FieldCost | undefined {
    return type === undefined ? undefined : this.fields.get(type)?.get(name);
  }

  /** Whether a mutation checks or sets a credential. */
  isCredential(mutation: string): boolean {
    return this.mutations.get(mutation)?.isCredential ?? false;
  }

  private addMember(abstract: string, type: Composite): void {
    const members = this.members.get(abstract);
    if (members) members.push(type);
    else this.members.set(abstract, [type]);
  }

  private weigh(node: DefinitionNode): void {
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION) this.weights.set(node.name.value, weightOf(node) ?? 1);
    if (node.kind === Kind.SCALAR_TYPE_DEFINITION || node.kind === Kind.ENUM_TYPE_DEFINITION)
      this.weights.set(node.name.value, weightOf(node) ?? 0);
    if (node.kind === Kind.INTERFACE_TYPE_DEFINITION || node.kind === Kind.UNION_TYPE_DEFINITION) {
      const members = this.members.get(node.name.value) ?? [];
      this.weights.set(node.name.value, Math.max(1, ...members.map((type) => weightOf(type) ?? 1)));
    }
  }

  private fieldCost(owner: Composite, field: FieldDefinitionNode): FieldCost {
    const { type, isList } = unwrapped(field.type);
    const inMembers = (this.members.get(owner.name.value) ?? []).flatMap(
      ({ fields }) => fields?.filter(({ name }) => name.value === field.name.value) ?? [],
    );
    const weights = [field, ...inMembers].map(weightOf).filter((weight) => weight !== undefined);
    const declaring = directive(field, 'listSize') || inMembers.length === 0 ? [field] : inMembers;
    return {
      weight: weights.length > 0 ? Math.max(...weights) : (this.weights.get(type) ?? 0),
      type,
      isList,
      listSize: declaring.map(listSizeOf).reduce(longer),
    };
  }
}

function isComposite(node: DefinitionNode): node is Composite {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

function unwrapped(node: TypeNode, isList = false): { type: string; isList: boolean } {
  if (node.kind === Kind.NAMED_TYPE) return { type: node.name.value, isList };
  return unwrapped(node.type, isList || node.kind === Kind.LIST_TYPE);
}

function directive({ directives }: Annotated, name: string): ConstDirectiveNode | undefined {
  return directives?.find((each) => each.name.value === name);
}

function argument(node: ConstDirectiveNode | undefined, name: string): unknown {
  const value = node?.arguments?.find((each) => each.name.value === name)?.value;
  return value && valueFromASTUntyped(value);
}

function weightOf(node: Annotated): number | undefined {
  return argument(directive(node, 'cost'), 'weight') as number | undefined;
}

function listSizeOf(field: FieldDefinitionNode): ListSize | null {
  const node = directive(field, 'listSize');
  if (!node) return null;
  const names = (name: string) => (argument(node, name) as string[] | null | undefined) ?? [];
  const defaultOf = (name: string) =>
    wholeNumber(field.arguments?.find((each) => each.name.value === name)?.defaultValue);
  return {
    assumed: (argument(node, 'assumedSize') as number | null | undefined) ?? ASSUMED_LIST_SIZE,
    slicing: new Map(names('slicingArguments').map((name) => [name, defaultOf(name)])),
    sizedFields: new Set(names('sizedFields')),
  };
}

function longer(left: ListSize | null, right: ListSize | null): ListSize | null {
  const assumed = (size: ListSize | null) => size?.assumed ?? ASSUMED_LIST_SIZE;
  return assumed(left) >= assumed(right) ? left : right;
}
