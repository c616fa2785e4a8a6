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
 * subgraph may have added them; they become null. A custom scalar may be a list or an object (`JSON`), unless it
 * has a name of {@link NEVER_STRUCTURED}.
 */
export function isLeafOf(type: GraphQLNamedType | undefined): (value: unknown) => boolean {
  if (isEnumType(type)) return isString;
  const name = type?.name;
  return IS_LEAF.get(name) ?? (NEVER_STRUCTURED.has(name) ? isScalar : isAnything);
}

/** Common names of scalars whose values are strings or numbers. */
const NEVER_STRUCTURED: ReadonlySet<string | undefined> = new Set(
  (
    'Date Time DateTime LocalDate LocalTime LocalDateTime Timestamp TimeZone EmailAddress PhoneNumber URL URI ' +
    'UUID GUID ULID ObjectID IP JWT BigInt Long Decimal SafeInt PositiveInt NonNegativeInt NonEmptyString'
  ).split(' '),
);

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

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}

function isAnything(): boolean {
  return true;
}
