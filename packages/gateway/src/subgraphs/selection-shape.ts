import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from 'graphql';
import { isLeafOf } from './leaf-values.js';
import {
  selectedFields,
  TYPENAME,
  type Definitions,
  type MaybeType,
  type Selected,
} from './selected-fields.js';
import { InvalidGraphQLResult } from './invalid-graphql-result.js';

export type Data = Record<string, unknown>;

/** The expected values of one key. */
interface Field {
  readonly key: string;
  /** Whether objects inherit a property of this name from `Object.prototype`. */
  readonly isInherited: boolean;
  /** Whether the key must be present. */
  readonly isRequired: boolean;
  /** List depth of its values; null when it is unknown. */
  readonly lists: number | null;
  /** Whether null is forbidden, for each list from the outermost on, and then for the values in them. */
  readonly nonNull: readonly boolean[];
  /** Whether a value is valid; not used for objects. */
  readonly isLeaf: (value: unknown) => boolean;
  /** The shape of its values; null for scalars and enums. */
  readonly selection: SelectionShape | null;
}

interface Fields {
  readonly all: readonly Field[];
  readonly keys: ReadonlySet<string>;
  /** A key with the object's `__typename`; null when it is not selected. */
  readonly typenameKey: string | null;
}

/** Maximum list depth of fields that the schema does not have. */
const MAX_LISTS = 4;

/**
 * The expected shape of objects with given selections. Unknown type names are accepted for abstract types, since a
 * newer version of the subgraph may have added a type; Apollo turns such objects into null.
 */
export class SelectionShape {
  /** The fields for the concrete type, or, if the type is abstract, for objects of unknown type. */
  private readonly fields: Fields;
  private readonly byType = new Map<string, Fields>();

  /** @param type the object's type in the schema; undefined when the schema does not have it */
  constructor(
    private readonly definitions: Definitions,
    private readonly type: MaybeType,
    private readonly sets: readonly SelectionSetNode[],
  ) {
    this.fields = this.fieldsOf(isObjectType(type) ? type : null);
  }

  get keys(): readonly string[] {
    return [...this.fields.keys];
  }

  /**
   * Checks an object, and removes keys that were not selected.
   * @throws InvalidGraphQLResult
   */
  check(object: Data): void {
    const { all, keys } = this.expected(object);
    let found = 0;
    for (const field of all) {
      const { key } = field;
      const value = field.isInherited && !Object.hasOwn(object, key) ? undefined : object[key];
      if (value !== undefined) {
        found += 1;
        checkValue(field, value, 0);
      } else if (field.isRequired) {
        throw new InvalidGraphQLResult(`${key} is missing`);
      }
    }
    const given = Object.keys(object);
    if (given.length === found) return;
    for (const key of given) if (!keys.has(key)) delete object[key];
  }

  private expected(object: Data): Fields {
    const { typenameKey } = this.fields;
    if (typenameKey === null) return this.fields;
    const name = object[typenameKey];
    if (typeof name !== 'string' || name === this.type?.name) return this.fields;
    const known = this.byType.get(name);
    if (known) return known;
    const named = this.definitions.schema.getType(name);
    if (!this.mayBe(named)) throw new InvalidGraphQLResult(`an object is not of type ${this.type?.name}`);
    if (!isObjectType(named)) return this.fields;
    const fields = this.fieldsOf(named);
    this.byType.set(name, fields);
    return fields;
  }

  private mayBe(named: GraphQLNamedType | undefined): boolean {
    const { type, definitions } = this;
    if (isObjectType(type)) return false;
    if (!named || !isAbstractType(type)) return true;
    // A subgraph returns the name of an interface for its `@interfaceObject`.
    const isPossible = isObjectType(named) || isInterfaceType(named);
    return isPossible && definitions.schema.isSubType(type, named);
  }

  /** @param object the object's type; null when it is unknown */
  private fieldsOf(object: GraphQLObjectType | null): Fields {
    const selected = selectedFields(this.sets, object, this.type, this.definitions);
    const all = [...selected].map(([key, of]) => this.field(key, of));
    const [typenameKey = null] = [...selected].find(([, { name }]) => name === TYPENAME) ?? [];
    return { all, keys: new Set(selected.keys()), typenameKey };
  }

  private field(key: string, { of, isRequired, sets }: Selected): Field {
    const nonNull: boolean[] = [];
    for (let type = of; type;) {
      nonNull.push(isNonNullType(type));
      const nullable: GraphQLOutputType = isNonNullType(type) ? type.ofType : type;
      type = isListType(nullable) ? nullable.ofType : undefined;
    }
    const named = of && getNamedType(of);
    return {
      key,
      isInherited: key in Object.prototype,
      isRequired,
      lists: of ? nonNull.length - 1 : null,
      nonNull,
      isLeaf: isLeafOf(named),
      selection: sets.length > 0 ? new SelectionShape(this.definitions, named, sets) : null,
    };
  }
}

export function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param level number of lists around the value */
function checkValue(field: Field, value: unknown, level: number): void {
  if (value === null) {
    if (field.nonNull[level]) throw new InvalidGraphQLResult(`${field.key} is null`);
    return;
  }
  const { lists } = field;
  const isList = Array.isArray(value);
  if (lists === null ? isList && level < MAX_LISTS : level < lists) {
    if (!isList) throw new InvalidGraphQLResult(`${field.key} is not a list`);
    for (let n = 0; n < value.length; n += 1) checkValue(field, value[n], level + 1);
  } else if (field.selection) {
    if (!isObject(value)) throw new InvalidGraphQLResult(`${field.key} is not an object`);
    field.selection.check(value);
  } else if (!field.isLeaf(value)) {
    throw new InvalidGraphQLResult(`${field.key} has the wrong type`);
  }
}
