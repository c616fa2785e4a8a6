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
 * Returns a check for JSON values of a scalar or enum. Unknown enum values pass, since a newer version of the
 * subgraph may have added them; Apollo turns them into null. Custom scalars may be anything, also a list or an object.
 */
export function isLeafOf(type: GraphQLNamedType | undefined): (value: unknown) => boolean {
  if (isEnumType(type)) return isString;
  return IS_LEAF.get(type?.name) ?? isAnything;
}

const IS_LEAF: ReadonlyMap<string | undefined, (value: unknown) => boolean> = new Map([
  [GraphQLString.name, isString],
  [GraphQLID.name, (value) => isString(value) || Number.isSafeInteger(value)],
  [GraphQLBoolean.name, (value) => typeof value === 'boolean'],
  [GraphQLInt.name, (value) => typeof value === 'number' && (value | 0) === value],
  [GraphQLFloat.name, Number.isFinite],
]);

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isAnything(): boolean {
  return true;
}
