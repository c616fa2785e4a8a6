import {
  getNamedType,
  isUnionType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Requirement } from './requirement.js';
import type { SchemaRequirements } from './schema-requirements.js';

/** An operation and its authorization requirements. */
export interface InspectedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Without duplicates, in the order of the document; empty when all callers may see everything. */
  readonly requirements: readonly Requirement[];
  /** Requirements of selections; selections without requirements are not included. */
  readonly selections: ReadonlyMap<FieldNode, Requirement>;
  /** A response key for `__typename` that the document does not use. */
  readonly typenameKey: string;
}

/** Collects the requirements of an operation of a valid document. */
export function inspect(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  required: SchemaRequirements,
): InspectedOperation {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  }
  const requirements = new Set<Requirement>();
  const selections = new Map<FieldNode, Requirement>();
  const keys = new Set<string>();
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    Field(node) {
      keys.add(node.alias?.value ?? node.name.value);
      const requirement = required.ofSelection(types.getParentType()!.name, node.name.value);
      if (requirement.length > 0) {
        selections.set(node, requirement);
        requirements.add(requirement);
      }
      // A union has no requirements itself. Those of its members apply to each returned object.
      const type = getNamedType(types.getType());
      if (!isUnionType(type)) return;
      for (const member of type.getTypes()) {
        const ofMember = required.ofType(member.name);
        if (ofMember.length > 0) requirements.add(ofMember);
      }
    },
  });
  for (const node of [operation, ...Object.values(fragments)]) visit(node, visitor);
  let typenameKey = 'auth__typename';
  while (keys.has(typenameKey)) typenameKey += '_';
  return { operation, fragments, requirements: [...requirements], selections, typenameKey };
}
