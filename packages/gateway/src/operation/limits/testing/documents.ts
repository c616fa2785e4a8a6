import * as fc from 'fast-check';
import { FIELDS } from './reference.js';

/** A generated operation with fragments, aliases and nesting, and its variables. */
export interface Generated {
  readonly text: string;
  readonly variables: Record<string, number | null>;
}

const FRAGMENTS = 4;
const INLINE: Record<string, readonly string[]> = { Node: ['Item', 'Gem', 'Node'], Found: ['Item', 'Gem'] };

export const generated: fc.Arbitrary<Generated> = fc.gen().map((draw) => {
  const oneOf = <T>(...values: readonly T[]): T =>
    values[draw(fc.integer, { min: 0, max: values.length - 1 })]!;
  const count = () => draw(fc.integer, { min: 0, max: 6 });
  const argument = (name: string) =>
    oneOf('', '', `${name}: ${count()}`, `${name}: null`, `${name}: $a`, `${name}: $b`);

  const field = (type: string, depth: number, next: number): string => {
    const [name, [inside]] = oneOf(...Object.entries(FIELDS[type]!));
    const alias = oneOf('', '', '', 'x: ', 'y: ', 'longer: ');
    const args =
      name === 'page' ? [argument('first'), argument('last')] : [name === 'items' ? argument('first') : ''];
    const given = args.filter(Boolean).join(', ');
    const selected = inside === null ? '' : ` { ${set(inside, depth + 1, next)} }`;
    return `${alias}${name}${given && `(${given})`}${selected}`;
  };
  const selection = (type: string, depth: number, next: number): string => {
    const kind = oneOf('field', 'field', 'field', 'inline', 'spread', 'name');
    if (kind === 'name') return '__typename';
    if (kind === 'spread' && next < FRAGMENTS && type !== 'Query' && type in SPREADS) {
      return `...F${draw(fc.integer, { min: next, max: FRAGMENTS - 1 })}`;
    }
    if (kind === 'inline' || type === 'Found') {
      const on = oneOf(...(INLINE[type] ?? [type]));
      return `... on ${on} { ${set(on, depth + 1, next)} }`;
    }
    return field(type, depth, next);
  };
  const set = (type: string, depth: number, next: number): string => {
    if (depth > 5) return type in LEAVES ? LEAVES[type]! : '__typename';
    const size = draw(fc.integer, { min: 1, max: depth < 3 ? 3 : 2 });
    return Array.from({ length: size }, () => selection(type, depth, next)).join(' ');
  };

  // A fragment spreads only later ones, so there are no cycles.
  const fragments = Array.from(
    { length: FRAGMENTS },
    (_, index) => `fragment F${index} on Item { ${set('Item', 3, index + 1)} }`,
  );
  const variables: Record<string, number | null> = {};
  const a = oneOf<number | null | undefined>(undefined, null, count());
  if (a !== undefined) variables['a'] = a;
  variables['b'] = count();
  const operation = `query ($a: Int${oneOf('', ' = 2')}, $b: Int) { ${set('Query', 0, 0)} }`;
  // Uses all fragments, so that only the operation is measured.
  const uses = fragments.map((_, index) => `...F${index}`).join(' ');
  return { text: `${operation.slice(0, -1)} one { ${uses} } }\n${fragments.join('\n')}`, variables };
});

const SPREADS: Record<string, true> = { Item: true, Node: true, Found: true };
const LEAVES: Record<string, string> = {
  Item: 'id',
  Node: 'dear',
  Gem: 'id',
  Page: 'count',
  Edge: 'node { id }',
  Query: 'one { id }',
  Found: '... on Item { id }',
};
