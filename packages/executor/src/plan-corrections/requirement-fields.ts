import {
  Kind,
  print,
  visit,
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { fieldSet } from '../supergraph/field-sets.js';
import { argumentOf } from '../supergraph/join-arguments.js';

type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/**
 * A field with arguments that a `@requires` uses has a field of its own in the supergraph that is planned:
 * `price(currency: "EUR")` becomes `required0_price`, which has no arguments. The planner uses plain field names for
 * the fields that it adds, so that it cannot tell `price(currency: "EUR")` from `price(currency: "USD")`.
 */
export class RequirementFields {
  private readonly types = new Map<string, FieldsType>();
  private readonly prefix: string;
  /** By the field as it is written, such as `price(currency: "EUR")`. */
  private readonly names = new Map<string, string>();
  /** The field and its arguments by the name of the added field. */
  readonly originals = new Map<string, FieldNode>();
  /** The names of the added fields of a type by the field of the supergraph that they stand for. */
  private readonly added = new Map<string, Map<string, Set<string>>>();

  private constructor(supergraph: DocumentNode) {
    let prefix = 'required';
    const names: string[] = [];
    for (const definition of supergraph.definitions) {
      if (
        definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
        definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
      )
        continue;
      this.types.set(definition.name.value, definition);
      names.push(...(definition.fields ?? []).map(({ name }) => name.value));
    }
    while (names.some((name) => name.startsWith(prefix))) prefix += '_';
    this.prefix = prefix;
  }

  /** Adds the fields to the supergraph, and uses them in its requirements. */
  static add(supergraph: DocumentNode): {
    readonly supergraph: DocumentNode;
    readonly fields: RequirementFields;
  } {
    const fields = new RequirementFields(supergraph);
    const renamed = fields.renameRequirements(supergraph);
    return { supergraph: fields.originals.size > 0 ? fields.define(renamed) : supergraph, fields };
  }

  private renameRequirements(supergraph: DocumentNode): DocumentNode {
    const type = (node: FieldsType) => {
      const fields = node.fields?.map((field) => ({
        ...field,
        directives: (field.directives ?? []).map((directive) =>
          this.renameRequirement(directive, node.name.value),
        ),
      }));
      return { ...node, ...(fields && { fields }) };
    };
    return visit(supergraph, { ObjectTypeDefinition: type, InterfaceTypeDefinition: type });
  }

  private renameRequirement(directive: ConstDirectiveNode, type: string): ConstDirectiveNode {
    const requires = directive.name.value === 'join__field' ? argumentOf(directive, 'requires') : undefined;
    if (!requires?.includes('(')) return directive;
    const value = print(this.renameSelections(fieldSet(requires), type))
      .slice(1, -1)
      .replaceAll(/\s+/g, ' ')
      .trim();
    const given = directive.arguments?.map((argument) =>
      argument.name.value === 'requires'
        ? { ...argument, value: { kind: Kind.STRING, value } as const }
        : argument,
    );
    return { ...directive, ...(given && { arguments: given }) };
  }

  private renameSelections(set: SelectionSetNode, type: string): SelectionSetNode {
    const selections = set.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = selection.typeCondition?.name.value ?? type;
        return { ...selection, selectionSet: this.renameSelections(selection.selectionSet, narrowed) };
      }
      const definition = this.types
        .get(type)
        ?.fields?.find(({ name }) => name.value === selection.name.value);
      const selectionSet = selection.selectionSet
        ? this.renameSelections(selection.selectionSet, definition ? namedType(definition.type) : type)
        : undefined;
      const renamed = { ...selection, ...(selectionSet && { selectionSet }) };
      if (!selection.arguments?.length) return renamed;
      return {
        ...renamed,
        name: { kind: Kind.NAME, value: this.nameOf(selection, type) } as const,
        arguments: [],
      };
    });
    return { ...set, selections };
  }

  private nameOf(field: FieldNode, type: string): string {
    const { kind, name, arguments: given } = field;
    const original: FieldNode = { kind, name, ...(given && { arguments: given }) };
    const written = print(original);
    let added = this.names.get(written);
    if (!added) {
      added = `${this.prefix}${this.names.size}_${name.value}`;
      this.names.set(written, added);
      this.originals.set(added, original);
    }
    for (const each of this.withImplementations(type)) {
      const fields = this.added.get(each) ?? new Map<string, Set<string>>();
      this.added.set(each, fields);
      fields.set(name.value, (fields.get(name.value) ?? new Set()).add(added));
    }
    return added;
  }

  /** The type, and the types that implement it. */
  private withImplementations(type: string): string[] {
    const implementations = [...this.types.values()].filter((each) =>
      each.interfaces?.some(({ name }) => name.value === type),
    );
    return [type, ...implementations.map(({ name }) => name.value)];
  }

  /** Each added field is in the subgraphs of the field that it stands for. */
  private define(supergraph: DocumentNode): DocumentNode {
    const type = (node: FieldsType) => {
      const added = this.added.get(node.name.value);
      if (!added) return undefined;
      const copies = (field: FieldDefinitionNode) =>
        [...(added.get(field.name.value) ?? [])].map((value) => ({
          ...field,
          name: { kind: Kind.NAME, value } as const,
          arguments: [],
        }));
      const fields = (node.fields ?? []).flatMap((field) => [field, ...copies(field)]);
      return { ...node, fields };
    };
    return visit(supergraph, { ObjectTypeDefinition: type, InterfaceTypeDefinition: type });
  }

  /** The node with the fields of the supergraph. The names of the added fields are their response keys. */
  restore<Node extends ASTNode>(node: Node): Node {
    return visit(node, {
      Field: (field) => {
        const original = this.originals.get(field.name.value);
        return original && { ...field, ...original, alias: field.alias ?? field.name };
      },
    });
  }
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
