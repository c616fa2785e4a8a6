import {
  doTypesOverlap,
  getNamedType,
  GraphQLNonNull,
  GraphQLBoolean,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from '../random.js';
import { argumentsText } from './argument-values.js';
import { Variables } from './variables.js';

/** Response keys of one place in the response, each with the field that it stands for and the keys beneath it. */
type Scope = Map<string, { readonly field: string; readonly parent: string; readonly nested: Scope }>;

const HOSTILE_ALIASES = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'proto__',
  'valueOf',
  'then',
  '_entities',
  'id',
];
const MAX_DEPTH = 5;

/** Writes the selections of one operation, with all fragments and variables that they use. */
export class SelectionWriter {
  readonly fragments: string[] = [];
  readonly variables: Variables;
  private readonly names: readonly string[];
  private readonly composites: readonly GraphQLCompositeType[];
  /** How many more fields the operation may have. */
  private budget: number;

  constructor(
    private readonly api: GraphQLSchema,
    private readonly random: Random,
  ) {
    this.variables = new Variables(random);
    this.budget = random.pick([4, 8, 16, 30]);
    const types = Object.values(api.getTypeMap()).filter((type) => !type.name.startsWith('__'));
    this.composites = types.filter(isCompositeType);
    const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));
    const args = fields.flatMap((field) => field.args);
    this.names = [
      ...new Set([...HOSTILE_ALIASES, ...[...fields, ...args, ...types].map(({ name }) => name)]),
    ];
  }

  root(type: GraphQLObjectType): string {
    return this.selections(type, new Map(), 0);
  }

  private selections(type: GraphQLCompositeType, scope: Scope, depth: number): string {
    const { random } = this;
    const texts: string[] = [];
    for (let i = random.between(1, depth === 0 ? 3 : 4); i > 0; i--) {
      const kind = random.next();
      if (kind < 0.3 && depth <= MAX_DEPTH && this.budget > 0) texts.push(this.fragment(type, scope, depth));
      else texts.push(this.someField(type, scope, depth));
    }
    // Duplicates, some of them with other selections beneath.
    if (random.chance(0.15)) texts.push(random.pick(texts));
    return `{ ${texts.join(' ')} }`;
  }

  private someField(type: GraphQLCompositeType, scope: Scope, depth: number): string {
    const { random } = this;
    const all = isUnionType(type) ? [] : Object.values(type.getFields());
    const isDeep = depth >= MAX_DEPTH || this.budget <= 0;
    const fields = isDeep ? all.filter(({ type: each }) => !isCompositeType(getNamedType(each))) : all;
    if (fields.length === 0 || random.chance(0.08)) {
      const alias = random.chance(0.3) ? this.alias('__typename', '*', scope) : undefined;
      return alias === undefined ? '__typename' : `${alias}: __typename${this.conditions()}`;
    }
    this.budget--;
    return this.field(random.pick(fields), type.name, scope, depth);
  }

  private field(field: GraphQLField<unknown, unknown>, parent: string, scope: Scope, depth: number): string {
    const { random } = this;
    const text = `${field.name}${argumentsText(field.args, random, this.variables)}`;
    const isAliased = random.chance(0.35) || (scope.has(field.name) && scope.get(field.name)!.field !== text);
    const key = isAliased ? this.alias(text, parent, scope) : field.name;
    const entry = scope.get(key) ?? { field: text, parent, nested: new Map() };
    scope.set(key, entry);
    const type = getNamedType(field.type);
    const nested = isCompositeType(type) ? ` ${this.selections(type, entry.nested, depth + 1)}` : '';
    return `${key === field.name ? '' : `${key}: `}${text}${this.conditions()}${nested}`;
  }

  /**
   * A response key for this field. It is free, or stands for the same field, or stands for a field of another object type,
   * which is valid if their types have the same shape.
   */
  private alias(field: string, parent: string, scope: Scope): string {
    for (;;) {
      const name = this.random.pick(this.names);
      const taken = scope.get(name);
      if (!taken || taken.field === field || (taken.parent !== parent && this.random.chance(0.1))) {
        if (!taken) scope.set(name, { field, parent, nested: new Map() });
        return name;
      }
      if (this.random.chance(0.05)) return `alias${scope.size}`;
    }
  }

  private fragment(type: GraphQLCompositeType, scope: Scope, depth: number): string {
    const { random, api } = this;
    if (random.chance(0.15)) return `...${this.conditions()} ${this.selections(type, scope, depth + 1)}`;
    const abstractFirst = this.composites.filter(isAbstractType);
    const candidates = (
      random.chance(0.4) && abstractFirst.length > 0 ? abstractFirst : this.composites
    ).filter((each) => doTypesOverlap(api, type, each));
    const condition = random.pick([type, ...candidates, ...candidates]);
    const selection = this.selections(condition, scope, depth + 1);
    if (random.chance(0.6)) return `... on ${condition.name}${this.conditions()} ${selection}`;
    const name = random.pick(['F', 'constructor', 'Any']) + this.fragments.length;
    this.fragments.push(`fragment ${name} on ${condition.name} ${selection}`);
    const spread = `...${name}${this.conditions()}`;
    return random.chance(0.2) ? `${spread} ...${name}` : spread;
  }

  /** `@skip` and `@include`, most of which keep the selection. */
  private conditions(): string {
    const { random } = this;
    return ['skip', 'include']
      .filter(() => random.chance(0.06))
      .map((name) => {
        const keeps = random.chance(0.6) ? String(name === 'include') : String(random.chance(0.5));
        const isVariable = random.chance(0.6);
        return ` @${name}(if: ${isVariable ? this.variables.use(new GraphQLNonNull(GraphQLBoolean), false) : keeps})`;
      })
      .join('');
  }
}
