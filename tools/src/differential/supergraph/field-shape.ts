import type { Random } from '../random.js';

/** What a field is, wherever it is defined. */
export interface FieldShape {
  readonly type: string;
  /** With parentheses. Empty when the field has no arguments. */
  readonly args: string;
}

export const LEAVES = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Color', 'Json'];

const ARGUMENTS = [
  ['n: Int', 'n: Int = 2'],
  ['name: String', 'name: String = "constructor"'],
  ['id: ID'],
  ['mode: Mode', 'mode: Mode = ON', 'mode: Mode!'],
  ['filter: Filter', 'filter: Filter = { min: 3 }'],
  ['ids: [ID!]', 'ids: [ID]! = ["a"]'],
  ['json: Json'],
  ['flag: Boolean! = true', 'flag: Boolean'],
  ['size: Int!'],
  ['grid: [[Int]]'],
];

export function args(random: Random): string {
  if (!random.chance(0.25)) return '';
  const chosen = random.some(ARGUMENTS, 1, 3).map((forms) => random.pick(forms));
  return `(${chosen.join(', ')})`;
}

/** The type in lists, and non-null or not. */
export function wrapped(random: Random, name: string): string {
  const depth = random.pick([0, 0, 0, 0, 1, 1, 2]);
  const mark = () => (random.chance(0.3) ? '!' : '');
  let type = `${name}${mark()}`;
  for (let i = 0; i < depth; i++) type = `[${type}]${mark()}`;
  return type;
}

/** The named type in a type as text. */
export function namedType(type: string): string {
  return type.replace(/[[\]!]/g, '');
}

/** The input types, scalars and enums that a field needs, for one subgraph. The values of enums are chosen at random. */
export function definitionsFor({ type, args }: FieldShape, random: Random): Map<string, string> {
  const definitions = new Map<string, string>();
  const filtered = args.includes('Filter');
  if (filtered)
    definitions.set(
      'Filter',
      'input Filter { min: Int = 1, tags: [String!], mode: Mode, next: Filter, flag: Boolean! = true, json: Json }\n',
    );
  if (filtered || args.includes('Mode'))
    definitions.set('Mode', `enum Mode { ON OFF ${random.some(['SLOW', 'FAST'], 0, 2).join(' ')} }\n`);
  if (filtered || args.includes('Json') || namedType(type) === 'Json')
    definitions.set('Json', 'scalar Json\n');
  if (namedType(type) === 'Color') {
    const more = random.some(['GREEN', 'GREY', 'PINK @inaccessible'], 0, 3);
    definitions.set('Color', `enum Color { RED BLUE ${more.join(' ')} }\n`);
  }
  return definitions;
}
