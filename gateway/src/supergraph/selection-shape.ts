import {
  getNamedType,
  isAbstractType,
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
import { NoGraphQLResult } from './no-graphql-result.js';

export type Data = Record<string, unknown>;

/** One key of an object. */
interface Field {
  readonly key: string;
  /** Whether objects have something of that name that nobody gave them. */
  readonly isInherited: boolean;
  /** Whether it is there in any case. */
  readonly isRequired: boolean;
  /** How many lists are around its values; null when that is not known. */
  readonly lists: number | null;
  /** Whether null is nothing for each of the lists, from the outermost on, and for the values in them. */
  readonly nonNull: readonly boolean[];
  /** Whether something can be one of its values; nobody asks where these have fields. */
  readonly isLeaf: (value: unknown) => boolean;
  /** What is selected of its values; null when they have no fields. */
  readonly selection: SelectionShape | null;
}

interface Fields {
  readonly all: readonly Field[];
  readonly keys: ReadonlySet<string>;
  /** The key that tells the type of the object; null when none does. */
  readonly typenameKey: string | null;
}

/** Lists in lists of which nobody knows how many there should be. */
const MOST_LISTS = 4;

/**
 * What an object is to look like of which this is selected. Names of types that the schema does not have are let
 * through where several are possible: a newer version of a subgraph knows more of them, and Apollo answers null.
 */
export class SelectionShape {
  /** Of an object of the one type that it can have; otherwise of one that does not say which it is. */
  private readonly fields: Fields;
  private readonly byType = new Map<string, Fields>();

  /** @param type what the schema says that the object is; nothing when it does not say */
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
   * Checks an object, and takes out of it what was not selected.
   * @throws NoGraphQLResult
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
        throw new NoGraphQLResult(`it lacks ${key}`);
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
    if (!this.mayBe(named)) throw new NoGraphQLResult(`an object is no ${this.type?.name}`);
    if (!isObjectType(named)) return this.fields;
    const fields = this.fieldsOf(named);
    this.byType.set(name, fields);
    return fields;
  }

  private mayBe(named: GraphQLNamedType | undefined): boolean {
    const { type, definitions } = this;
    if (isObjectType(type)) return false;
    if (!named || !isAbstractType(type)) return true;
    return isObjectType(named) && definitions.schema.isSubType(type, named);
  }

  /** @param object null when it is not known of which type the object is */
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

/** @param level in how many lists the value is */
function checkValue(field: Field, value: unknown, level: number): void {
  if (value === null) {
    if (field.nonNull[level]) throw new NoGraphQLResult(`${field.key} is null`);
    return;
  }
  const { lists } = field;
  const isList = Array.isArray(value);
  if (lists === null ? isList && level < MOST_LISTS : level < lists) {
    if (!isList) throw new NoGraphQLResult(`${field.key} is no list`);
    for (let n = 0; n < value.length; n += 1) checkValue(field, value[n], level + 1);
  } else if (field.selection) {
    if (!isObject(value)) throw new NoGraphQLResult(`${field.key} is no object`);
    field.selection.check(value);
  } else if (!field.isLeaf(value)) {
    throw new NoGraphQLResult(`${field.key} is of another type`);
  }
}
