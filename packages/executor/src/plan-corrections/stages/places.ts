import {
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type DirectiveNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type InlineFragmentNode,
} from 'graphql';
import { conditionsAmong } from '../../document/selection-nodes.js';
import { ofType } from '../../fetching/targets.js';
import { responseKey } from '../../document-keys.js';

/** A place of an operation. */
export interface Place {
  /** The type that the field of the object has in the schema. */
  readonly declared: GraphQLCompositeType;
  /** The same, or the type of the fragments around. */
  readonly type: GraphQLCompositeType;
  /** The path of a plan: response keys, `@` for each list, and types that the objects must have. */
  readonly path: readonly string[];
  /** The conditions of the fragments around, inside the object. */
  readonly directives: readonly DirectiveNode[];
  /** The conditions of the fields and fragments around the object. */
  readonly outer: readonly DirectiveNode[];
}

export function placeOf(
  type: GraphQLCompositeType,
  path: readonly string[] = [],
  outer: readonly DirectiveNode[] = [],
): Place {
  return { declared: type, type, path, outer, directives: [] };
}

/** The place inside a fragment; null when the schema does not have its type. */
export function insideFragment(place: Place, node: InlineFragmentNode, schema: GraphQLSchema): Place | null {
  const condition = node.typeCondition?.name.value;
  const type = condition === undefined ? place.type : schema.getType(condition);
  const directives = [...place.directives, ...conditionsAmong(node.directives)];
  return isCompositeType(type) ? { ...place, type, directives } : null;
}

/** The place of the objects of a field; null when it has no subfields or the schema does not have it. */
export function insideField(place: Place, node: FieldNode): Place | null {
  const { type } = place;
  const field = isUnionType(type) ? undefined : type.getFields()[node.name.value];
  const returned = field && getNamedType(field.type);
  if (!isCompositeType(returned)) return null;
  const isNarrowed = isObjectType(type) && type !== place.declared;
  const types = isNarrowed ? [ofType(type.name)] : [];
  const path = [...place.path, ...types, responseKey(node), ...listsOf(field!.type)];
  const outer = [...place.outer, ...place.directives, ...conditionsAmong(node.directives)];
  return placeOf(returned, path, outer);
}

function listsOf(type: GraphQLOutputType): readonly string[] {
  if (isNonNullType(type)) return listsOf(type.ofType);
  return isListType(type) ? ['@', ...listsOf(type.ofType)] : [];
}
