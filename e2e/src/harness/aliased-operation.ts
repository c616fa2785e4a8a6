import {
  getNamedType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from '../kill-matrix/random.js';

type WithFields = GraphQLObjectType | GraphQLInterfaceType;

/** Names that mean something to the gateway, to Apollo's executor or to JavaScript. */
const SPECIAL = [
  '__typename',
  '__proto__',
  '__schema',
  'live__cursor',
  'live__sign0',
  'live__after',
  'alias__id',
  'alias___id',
  'live___cursor',
  'auth__typename',
  'auth__typename_',
  'id__alias_0',
  '_entities',
  '_service',
  'representations',
  'constructor',
  'hasOwnProperty',
  'toString',
  'then',
  'data',
  'errors',
  'length',
];

export interface AliasedOperation {
  readonly text: string;
  /** Its aliases, in the order of the text. */
  readonly aliases: readonly string[];
}

export interface AliasOptions {
  /** Arguments of a field, as they are written in a document, by `Type.field` or by the name of the argument. */
  readonly args: Readonly<Record<string, string>>;
  /** The names of the root fields to choose from; all of them when left out. */
  readonly rootFields?: readonly string[];
  /** Whether a field may be selected; any may when left out. */
  readonly maySelect?: (parent: string, field: string) => boolean;
}

/** Valid operations whose aliases are names that stand for something else in the schema or in the gateway. */
export class AliasedOperations {
  private readonly pool: readonly string[];

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly options: AliasOptions,
  ) {
    const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
    const fields = types.filter(isObjectType).flatMap((type) => Object.keys(type.getFields()));
    // Keys of entities come often: they are what joins go by.
    this.pool = [
      ...SPECIAL,
      ...new Set(fields),
      ...types.map(({ name }) => name),
      'id',
      'id',
      'id',
      'cursor',
    ];
  }

  operation(kind: 'query' | 'mutation' | 'subscription', random: Random): AliasedOperation {
    const aliases: string[] = [];
    const root = this.schema.getRootType(kind as never)!;
    const most = kind === 'query' ? 2 : 1;
    return { text: `${kind} ${this.selections(root, 0, most, random, aliases)}`, aliases };
  }

  private selections(
    type: WithFields,
    depth: number,
    most: number,
    random: Random,
    aliases: string[],
  ): string {
    const fields = Object.values(type.getFields()).filter((field) => this.isPossible(type, field, depth));
    const chosen = random.shuffled(fields).slice(0, 1 + random.below(most));
    const keys = new Set<string>();
    const written = chosen.map((field) => this.field(type, field, depth, random, keys, aliases));
    if (depth > 0 && random.below(4) === 0) {
      const key = this.key('__typename', random, keys, aliases);
      written.push(key === '__typename' ? key : `${key}: __typename`);
    }
    const text = written.join(' ');
    return depth > 0 && random.below(5) === 0 ? `{ ... on ${type.name} { ${text} } }` : `{ ${text} }`;
  }

  private isPossible(
    type: WithFields,
    { name, type: of }: GraphQLField<unknown, unknown>,
    depth: number,
  ): boolean {
    const { rootFields, maySelect } = this.options;
    if (depth === 0 && rootFields && !rootFields.includes(name)) return false;
    if (maySelect && !maySelect(type.name, name)) return false;
    const named = getNamedType(of);
    return depth < 5 || isLeafType(named);
  }

  private field(
    parent: WithFields,
    field: GraphQLField<unknown, unknown>,
    depth: number,
    random: Random,
    keys: Set<string>,
    aliases: string[],
  ): string {
    const key = this.key(field.name, random, keys, aliases);
    const alias = key === field.name ? '' : `${key}: `;
    const named = getNamedType(field.type);
    const inside =
      isObjectType(named) || isInterfaceType(named)
        ? ` ${this.selections(named, depth + 1, 3, random, aliases)}`
        : '';
    return `${alias}${field.name}${this.arguments(parent, field)}${inside}`;
  }

  /** A response key that nothing else in its selection set has. */
  private key(name: string, random: Random, keys: Set<string>, aliases: string[]): string {
    const isAliased = random.below(3) > 0;
    let key = isAliased ? random.oneOf(this.pool) : name;
    while (keys.has(key)) key = `${key}_`;
    keys.add(key);
    if (key !== name) aliases.push(key);
    return key;
  }

  private arguments(parent: WithFields, { name, args }: GraphQLField<unknown, unknown>): string {
    const written = args.flatMap(({ name: argument, type }) => {
      const value = this.options.args[`${parent.name}.${name}.${argument}`] ?? this.options.args[argument];
      if (value !== undefined) return [`${argument}: ${value}`];
      if (isNonNullType(type) && !isEnumType(type))
        throw new Error(`no value for ${parent.name}.${name}(${argument}:)`);
      return [];
    });
    return written.length > 0 ? `(${written.join(', ')})` : '';
  }
}
