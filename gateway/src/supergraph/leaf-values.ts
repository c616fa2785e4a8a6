import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  type GraphQLNamedType,
} from 'graphql';

/**
 * What tells values of a type that has no fields from others, in JSON. A name that an enum does not have is let through:
 * a newer version of a subgraph knows more of them, and Apollo answers null. Of other scalars it is known that they are neither lists nor objects.
 */
export function isLeafOf(type: GraphQLNamedType | undefined): (value: unknown) => boolean {
  if (isEnumType(type)) return isText;
  return IS_LEAF.get(type?.name) ?? isScalar;
}

const IS_LEAF: ReadonlyMap<string | undefined, (value: unknown) => boolean> = new Map([
  [GraphQLString.name, isText],
  [GraphQLID.name, (value) => isText(value) || Number.isSafeInteger(value)],
  [GraphQLBoolean.name, (value) => typeof value === 'boolean'],
  [GraphQLInt.name, (value) => typeof value === 'number' && (value | 0) === value],
  [GraphQLFloat.name, Number.isFinite],
]);

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}
