import type { Data } from '../own.js';

/** How a value of an answer becomes a value of the response. */
export type ValueProjection =
  | LeafProjection
  | { readonly kind: 'list'; readonly isNonNull: boolean; readonly item: ValueProjection }
  | { readonly kind: 'object'; readonly isNonNull: boolean; readonly of: ObjectProjections };

interface LeafProjection {
  readonly kind: 'leaf';
  readonly isNonNull: boolean;
  /** The names of an enum's values; null for scalars. */
  readonly names: ReadonlySet<string> | null;
}

/** One field of a response. */
export interface FieldProjection {
  /** The client's key. */
  readonly key: string;
  /** The key inside the executor. */
  readonly source: string;
  /** The name of the field, without its alias. */
  readonly name: string;
  readonly value: ValueProjection;
}

/** The fields of an object of one type, in the order of the operation. */
export interface ObjectProjection {
  readonly type: string;
  /** Whether the type is an object type. An interface stands in for it where the type of an object is not known. */
  readonly isConcrete: boolean;
  /** A `FieldProjection`, or the key of a `__typename`. */
  readonly fields: readonly (FieldProjection | string)[];
}

/** The projections of the objects that a field may have. */
export interface ObjectProjections {
  /** The name of the declared type. */
  readonly type: string;
  /** The projection of all objects; null when it depends on their types. */
  readonly only: ObjectProjection | null;
  /** By the name of the type; null when the schema does not have the type, or the field cannot have it. */
  readonly ofType: (name: string) => ObjectProjection | null;
  /** The names of the types that objects of the field may have. */
  readonly possible: readonly string[];
}

/**
 * The projection of an object; null when its type is not possible. An object without `__typename` is of an interface
 * object, and nothing that was selected depends on its type.
 */
export function projectionOf(
  { type, only, ofType }: ObjectProjections,
  object: Data,
): ObjectProjection | null {
  if (only) return only;
  const { __typename: name = type } = object;
  return typeof name === 'string' ? ofType(name) : null;
}
