import {
  getNullableType,
  isNonNullType,
  valueFromAST,
  GraphQLNonNull,
  parseValue,
  type GraphQLInputType,
} from 'graphql';
import type { Random } from '../random.js';
import { literal } from './literals.js';

interface Variable {
  readonly name: string;
  readonly type: string;
  /** As text. */
  readonly defaultValue: string | undefined;
  readonly value: unknown;
}

const NAMES = ['id', 'n', 'constructor', 'representations', 'toString', 'flag', 'hasOwnProperty', 'v', 'if'];

/** The variables of an operation: their definitions and values. */
export class Variables {
  private readonly defined: Variable[] = [];

  constructor(private readonly random: Random) {}

  /** A variable for a place of this type, by its `$name`: one that exists, or a new one. */
  use(place: GraphQLInputType, hasDefault: boolean): string {
    const { random } = this;
    const same = this.defined.filter((each) => each.type === String(place));
    if (same.length > 0 && random.chance(0.5)) return `$${random.pick(same).name}`;
    return `$${this.define(place, hasDefault).name}`;
  }

  /** `($name: Type = default, ...)`, or nothing. */
  get definitions(): string {
    const texts = this.defined.map(
      ({ name, type, defaultValue }) =>
        `$${name}: ${type}${defaultValue === undefined ? '' : ` = ${defaultValue}`}`,
    );
    return texts.length > 0 ? `(${texts.join(', ')})` : '';
  }

  get values(): Record<string, unknown> {
    return Object.fromEntries(
      this.defined.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]),
    );
  }

  private define(place: GraphQLInputType, hasDefault: boolean): Variable {
    const { random } = this;
    const nullable = getNullableType(place);
    // A nullable variable may stand in a non-null place that has a default, or when it has a default itself.
    const withDefault = random.chance(0.3);
    const isNullable = !isNonNullType(place) || ((hasDefault || withDefault) && random.chance(0.5));
    const type = isNullable ? nullable : new GraphQLNonNull(nullable);
    const isOmitted = (isNullable || withDefault) && random.chance(0.35);
    const variable: Variable = {
      name: this.freshName(),
      type: String(type),
      defaultValue: withDefault ? literal(new GraphQLNonNull(nullable), random) : undefined,
      value: isOmitted ? undefined : this.valueFor(isNonNullType(place) ? place : type),
    };
    this.defined.push(variable);
    return variable;
  }

  private valueFor(type: GraphQLInputType): unknown {
    const value: unknown = valueFromAST(parseValue(literal(type, this.random)), type);
    return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown);
  }

  private freshName(): string {
    const free = NAMES.filter((name) => !this.defined.some((each) => each.name === name));
    return free.length > 0 ? this.random.pick(free) : `v${this.defined.length}`;
  }
}
