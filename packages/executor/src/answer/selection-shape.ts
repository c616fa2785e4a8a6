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
} from 'graphql';
import type { CodeBudget } from '../code/source.js';
import { isObject, own, type Data } from '../own.js';
import { isLeafOf } from './leaf-values.js';
import {
  selectedFields,
  TYPENAME,
  type Definitions,
  type MaybeType,
  type Selected,
  type SelectedSet,
} from './selected-fields.js';
import { generateCheck, type Fits } from './check-code.js';
import { InvalidGraphQLResult } from './invalid-graphql-result.js';
import type { FieldShape, FieldShapes, ObjectShape } from './shapes.js';

/** Maximum list depth of fields that the schema does not have. */
const MAX_LISTS = 4;

/**
 * The expected shape of objects with given selections. Unknown type names are accepted for abstract types, since a
 * newer version of the subgraph may have added a type; such objects become null.
 */
export class SelectionShape implements ObjectShape {
  readonly fields: FieldShapes;
  private readonly byType = new Map<string, FieldShapes>();
  private fits: Fits | null = null;

  /** @param type the object's type in the schema; undefined when the schema does not have it */
  constructor(
    private readonly definitions: Definitions,
    private readonly type: MaybeType,
    private readonly sets: readonly SelectedSet[],
  ) {
    this.fields = this.fieldsOf(isObjectType(type) ? type : null);
  }

  /** Generates code for checks from now on. */
  compile(budget: CodeBudget): void {
    this.fits = generateCheck(this, budget);
  }

  fieldsByType(): ReadonlyMap<string, FieldShapes> {
    const { type, fields, definitions } = this;
    if (!type) return new Map();
    const possible = isAbstractType(type) ? definitions.schema.getPossibleTypes(type) : [];
    return new Map([
      [type.name, fields],
      ...possible.map((each) => [each.name, this.fieldsOf(each)] as const),
    ]);
  }

  check(object: Data): void {
    if (this.fits?.(object)) return;
    const { all, keys } = this.expected(object);
    let found = 0;
    for (const field of all) {
      const { key } = field;
      const value = own(object, key);
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

  private expected(object: Data): FieldShapes {
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
  private fieldsOf(object: GraphQLObjectType | null): FieldShapes {
    const selected = selectedFields(this.sets, object, this.type, this.definitions);
    const all = [...selected].map(([key, of]) => this.field(key, of));
    const [typenameKey = null] = [...selected].find(([, { name }]) => name === TYPENAME) ?? [];
    return { all, keys: new Set(selected.keys()), typenameKey };
  }

  private field(key: string, { of, isRequired, sets }: Selected): FieldShape {
    const nonNull: boolean[] = [];
    for (let type = of; type;) {
      nonNull.push(isNonNullType(type));
      const nullable: GraphQLOutputType = isNonNullType(type) ? type.ofType : type;
      type = isListType(nullable) ? nullable.ofType : undefined;
    }
    const named = of && getNamedType(of);
    return {
      key,
      isRequired,
      lists: of ? nonNull.length - 1 : null,
      nonNull,
      isLeaf: isLeafOf(named),
      selection: sets.length > 0 ? new SelectionShape(this.definitions, named, sets) : null,
    };
  }
}

/** @param level number of lists around the value */
function checkValue(field: FieldShape, value: unknown, level: number): void {
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
