import {
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { responseKey, type DocumentKeys } from '../document-keys.js';
import type { ResponseKeys } from '../response-keys.js';
import type { FieldProjection, ObjectProjection, ObjectProjections, ValueProjection } from './projections.js';

type Nodes = readonly FieldNode[];
type Owner = GraphQLObjectType | GraphQLInterfaceType;

/** The projections of one operation, made when they are first used. */
export class OperationProjections {
  readonly root: ObjectProjection;
  private readonly fragments: Record<string, FragmentDefinitionNode> = Object.create(null);

  /**
   * @param document the client's
   * @param conditions the values of the variables in `@skip` and `@include`
   */
  constructor(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    private readonly schema: GraphQLSchema,
    private readonly keys: ResponseKeys,
    private readonly documentKeys: DocumentKeys,
    private readonly conditions: Readonly<Record<string, boolean>>,
  ) {
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.fragments[node.name.value] = node;
    const type = schema.getRootType(operation.operation)!;
    this.root = this.object(
      type,
      collectFields(schema, this.fragments, conditions, type, operation.selectionSet),
    );
  }

  private object(type: Owner, fields: ReadonlyMap<string, Nodes>): ObjectProjection {
    return {
      type: type.name,
      isConcrete: isObjectType(type),
      fields: [...fields.values()].map((nodes) => this.field(type, nodes)),
    };
  }

  private field(type: Owner, nodes: Nodes): FieldProjection | string {
    const node = nodes[0]!;
    const name = node.name.value;
    const key = responseKey(node);
    if (name === '__typename') return key;
    const field = type.getFields()[name];
    if (!field) throw new Error(`${type.name} has no field ${name}`);
    return {
      key,
      source: this.keys.internal(node, this.documentKeys),
      name,
      value: this.value(field.type, nodes),
    };
  }

  private value(of: GraphQLOutputType, nodes: Nodes): ValueProjection {
    const isNonNull = isNonNullType(of);
    const type = getNullableType(of);
    if (isListType(type)) return { kind: 'list', isNonNull, item: this.value(type.ofType, nodes) };
    if (isObjectType(type) || isAbstractType(type))
      return { kind: 'object', isNonNull, of: this.objects(type, nodes) };
    const names = isEnumType(type) ? new Set(type.getValues().map(({ name }) => name)) : null;
    return { kind: 'leaf', isNonNull, names };
  }

  private objects(type: GraphQLCompositeType, nodes: Nodes): ObjectProjections {
    const { schema } = this;
    const make = (of: Owner) =>
      // A type stands in for an object's type where only an interface is known, as with `@interfaceObject`.
      this.object(
        of,
        collectSubfields(schema, this.fragments, this.conditions, of as GraphQLObjectType, nodes),
      );
    if (isObjectType(type)) {
      const only = make(type);
      return { type: type.name, only, ofType: () => only, possible: [type.name] };
    }
    const made = new Map<string, ObjectProjection | null>();
    const ofType = (name: string) => {
      let projection = made.get(name);
      if (projection === undefined) {
        const named = schema.getType(name);
        const isKnown = isObjectType(named) || isInterfaceType(named);
        const isPossible = isKnown && (named === type || schema.isSubType(type, named));
        if (!isPossible) return null;
        made.set(name, (projection = make(named)));
      }
      return projection;
    };
    const possible = schema.getPossibleTypes(type).map(({ name }) => name);
    return { type: type.name, only: null, ofType, possible };
  }
}
