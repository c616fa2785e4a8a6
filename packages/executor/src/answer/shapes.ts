/** The expected values of one key. */
export interface FieldShape {
  readonly key: string;
  /** Whether the key must be present. */
  readonly isRequired: boolean;
  /** List depth of its values; null when it is unknown. */
  readonly lists: number | null;
  /** Whether null is forbidden, for each list from the outermost on, and then for the values in them. */
  readonly nonNull: readonly boolean[];
  /** Whether a value is valid; not used for objects. */
  readonly isLeaf: (value: unknown) => boolean;
  /** The shape of its values; null for scalars and enums. */
  readonly selection: ObjectShape | null;
}

/** The expected fields of an object of one type. */
export interface FieldShapes {
  readonly all: readonly FieldShape[];
  readonly keys: ReadonlySet<string>;
  /** A key with the object's `__typename`; null when it is not selected. */
  readonly typenameKey: string | null;
}

/** The expected shape of objects of one type, which may be abstract. */
export interface ObjectShape {
  /** The fields for the concrete type, or, if the type is abstract, for objects of unknown type. */
  readonly fields: FieldShapes;
  /** The fields by the name of the type, for all types that an object may have. */
  fieldsByType(): ReadonlyMap<string, FieldShapes>;
  /**
   * Checks an object, and removes keys that were not selected.
   * @throws InvalidGraphQLResult
   */
  check(object: Record<string, unknown>): void;
}
