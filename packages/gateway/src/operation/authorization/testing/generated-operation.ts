import type { Dice } from './dice.js';
import type { GeneratedSchema } from './generated-schema.js';

const DEEPEST = 4;
const CONDITIONS = [
  '',
  '',
  '',
  ' @skip(if: $x)',
  ' @include(if: $x)',
  ' @include(if: $y)',
  ' @skip(if: true)',
];

/** Generates a query. It is not always valid, since fields with the same key may conflict. */
export function generateOperation(dice: Dice, schema: GeneratedSchema): string {
  const typeOf = (name: string) => schema.find((type) => type.name === name)!;
  const isComposite = (name: string) => !['Int', 'S', 'E'].includes(name);
  /** Type conditions that can apply to objects of this type. */
  const conditionsOn = (name: string) => {
    const { kind, implementing, members } = typeOf(name);
    const others = schema.filter((type) => type.implementing.includes(name)).map((type) => type.name);
    return kind === 'type' ? [name, ...implementing] : [name, ...others, ...members];
  };

  const selections = (type: string, depth: number, fragments: readonly [string, string][]): string => {
    const { fields } = typeOf(type);
    const one = (): string => {
      const condition = dice.oneOf(CONDITIONS);
      const kind = dice.roll(8);
      const usable = fragments.filter(([, on]) => conditionsOn(type).includes(on));
      if (kind === 6 && usable.length > 0) return `...${dice.oneOf(usable)[0]}${condition}`;
      if (kind === 5 || (kind === 7 && depth < DEEPEST)) {
        const on = dice.oneOf(conditionsOn(type));
        return depth < DEEPEST
          ? `... on ${on}${condition} { ${selections(on, depth + 1, fragments)} }`
          : '__typename';
      }
      if (fields.length === 0 || kind === 4) return dice.oneIn(2) ? 't: __typename' : '__typename';
      const { name, named } = dice.oneOf(fields);
      const alias = dice.oneIn(4) ? `${name}_: ` : '';
      const given = dice.oneIn(5) ? '(n: $n)' : '';
      if (!isComposite(named)) return `${alias}${name}${given}${condition}`;
      if (depth >= DEEPEST) return '__typename';
      return `${alias}${name}${given}${condition} { ${selections(named, depth + 1, fragments)} }`;
    };
    return Array.from({ length: 1 + dice.roll(4) }, one).join(' ');
  };

  const fragments: [string, string][] = [];
  const texts: string[] = [];
  for (const name of ['F', 'G'].slice(0, dice.roll(3))) {
    const on = dice.oneOf(['A', 'I', 'U', 'Query', 'B', 'J']);
    texts.push(`fragment ${name} on ${on} { ${selections(on, 2, fragments)} }`);
    fragments.push([name, on]);
  }
  const operation = `query ($x: Boolean!, $y: Boolean = true, $n: Int) { ${selections('Query', 0, fragments)} }`;
  return [operation, ...texts].join('\n');
}
