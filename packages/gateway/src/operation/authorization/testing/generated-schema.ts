import type { Dice } from './dice.js';

/** The lists of `@requiresScopes`, or true for `@authenticated`. */
export type Need = true | string[][];

export interface GeneratedField {
  readonly name: string;
  /** The named type, without lists and non-nulls. */
  readonly named: string;
  /** The whole type. */
  readonly type: string;
  readonly need: Need | null;
}

export interface GeneratedType {
  readonly name: string;
  readonly kind: 'type' | 'interface' | 'union' | 'scalar' | 'enum';
  readonly need: Need | null;
  readonly fields: readonly GeneratedField[];
  readonly implementing: readonly string[];
  readonly members: readonly string[];
}

export type GeneratedSchema = readonly GeneratedType[];

const OBJECTS = ['A', 'B', 'C'];
const COMPOSITES = [...OBJECTS, 'I', 'J', 'U'];
const NAMED = ['Int', 'S', 'E', ...COMPOSITES];
const WRAPPINGS = ['T', 'T!', '[T]', '[T!]', '[T]!', '[T!]!', '[[T!]]'];
export const SCOPES = ['a', 'b', 'c'];

function need(dice: Dice): Need | null {
  if (!dice.oneIn(6)) return null;
  const some = () => SCOPES.filter(() => dice.oneIn(2));
  return dice.oneOf<() => Need>([() => true, () => [some()], () => [some(), some()]])();
}

function field(dice: Dice, name: string, kinds: readonly string[]): GeneratedField {
  const named = dice.oneOf(kinds);
  return { name, named, type: dice.oneOf(WRAPPINGS).replace('T', named), need: need(dice) };
}

/** Generates objects, two interfaces, a union, a scalar and an enum, with requirements on all kinds of elements. */
export function generateSchema(dice: Dice): GeneratedSchema {
  const plain = { fields: [], implementing: [], members: [] };
  const own = (kinds: readonly string[]) => ['f0', 'f1', 'f2'].map((name) => field(dice, name, kinds));
  const interfaces = ['I', 'J'].map((name, n) => ({
    ...plain,
    name,
    kind: 'interface' as const,
    need: dice.oneIn(3) ? need(dice) : null,
    fields: [field(dice, `i${n}`, NAMED), field(dice, `k${n}`, NAMED)],
  }));
  const objects = OBJECTS.map((name, n) => {
    // The first object implements both, so that each interface has an implementation.
    const of = interfaces.filter(() => n === 0 || dice.oneIn(2));
    const inherited = of.flatMap(({ fields }) => fields.map((each) => ({ ...each, need: need(dice) })));
    return {
      ...plain,
      name,
      kind: 'type' as const,
      need: dice.oneIn(3) ? need(dice) : null,
      fields: [...own(NAMED), ...inherited],
      implementing: of.map((each) => each.name),
    };
  });
  const members = ['A', ...['B', 'C'].filter(() => dice.oneIn(2))];
  return [
    { ...plain, name: 'Query', kind: 'type', need: null, fields: own(COMPOSITES) },
    ...objects,
    ...interfaces,
    { ...plain, name: 'U', kind: 'union', need: null, members },
    { ...plain, name: 'S', kind: 'scalar', need: need(dice) },
    { ...plain, name: 'E', kind: 'enum', need: need(dice) },
  ];
}

/** Prints the types as SDL, with or without requirements. */
export function typesAsSdl(schema: GeneratedSchema, withNeeds: boolean): string {
  const said = (each: Need | null) => {
    if (each === null || !withNeeds) return '';
    return each === true ? ' @authenticated' : ` @requiresScopes(scopes: ${JSON.stringify(each)})`;
  };
  return schema
    .map(({ name, kind, need: ofType, fields, implementing, members }) => {
      if (kind === 'union') return `union ${name} = ${members.join(' | ')}`;
      if (kind === 'scalar') return `scalar ${name}${said(ofType)}`;
      if (kind === 'enum') return `enum ${name}${said(ofType)} { X }`;
      const of = implementing.length > 0 ? ` implements ${implementing.join(' & ')}` : '';
      const lines = fields.map((each) => `  ${each.name}(n: Int): ${each.type}${said(each.need)}`);
      return `${kind} ${name}${of}${said(ofType)} {\n${lines.join('\n')}\n}`;
    })
    .join('\n');
}

/** Adds the links and definitions of a supergraph. */
export function supergraphOf(types: string): string {
  return `schema
    @link(url: "https://specs.apollo.dev/link/v1.0")
    @link(url: "https://specs.apollo.dev/authenticated/v0.1")
    @link(url: "https://specs.apollo.dev/requiresScopes/v0.1")
  { query: Query }
  directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
  scalar link__Import
  enum link__Purpose { SECURITY EXECUTION }
  directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
  directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
  scalar requiresScopes__Scope
  ${types}`;
}
