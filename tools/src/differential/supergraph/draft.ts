import type { Random } from '../random.js';

/** A field of one subgraph. */
export interface FieldDraft {
  readonly type: string;
  /** With parentheses. Empty when the field has no arguments. */
  readonly args: string;
  readonly directives: Set<string>;
}

type Keyword = 'type' | 'interface';

/** An object type or interface of one subgraph. */
export class TypeDraft {
  readonly fields = new Map<string, FieldDraft>();
  readonly interfaces = new Set<string>();
  readonly directives = new Set<string>();

  constructor(
    readonly name: string,
    readonly keyword: Keyword = 'type',
  ) {}

  /** Adds a field unless the type has it already. */
  add(name: string, { type, args }: Pick<FieldDraft, 'type' | 'args'>, ...directives: string[]): FieldDraft {
    const field = this.fields.get(name) ?? { type, args, directives: new Set<string>() };
    for (const directive of directives) field.directives.add(directive);
    this.fields.set(name, field);
    return field;
  }

  print(): string {
    const interfaces = this.interfaces.size > 0 ? ` implements ${[...this.interfaces].join(' & ')}` : '';
    const fields = [...this.fields].map(
      ([name, { type, args, directives }]) => `  ${[`${name}${args}: ${type}`, ...directives].join(' ')}\n`,
    );
    return `${[`${this.keyword} ${this.name}${interfaces}`, ...this.directives].join(' ')} {\n${fields.join('')}}\n`;
  }
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides", "@external", "@shareable", "@override", "@interfaceObject", "@inaccessible"])\n`;

/** A subgraph under construction. */
export class SubgraphDraft {
  readonly types = new Map<string, TypeDraft>();
  /** Members by the name of the union. */
  readonly unions = new Map<string, Set<string>>();
  /** Definitions of enums, input types and scalars. */
  readonly definitions = new Map<string, string>();

  constructor(readonly name: string) {}

  /** The type of this name, which is created when it does not exist. */
  type(name: string, keyword?: Keyword): TypeDraft {
    const type = this.types.get(name) ?? new TypeDraft(name, keyword);
    this.types.set(name, type);
    return type;
  }

  print(): string {
    const unions = [...this.unions].map(([name, members]) => `union ${name} = ${[...members].join(' | ')}\n`);
    const types = [...this.types.values()].filter(({ fields }) => fields.size > 0);
    return [LINK, ...types.map((type) => type.print()), ...unions, ...this.definitions.values()].join('\n');
  }
}

/** Field names of all types. They are few, so that types share them and aliases collide with them. */
const NAMES = [
  'name',
  'size',
  'kind',
  'tags',
  'owner',
  'items',
  'next',
  'rank',
  'label',
  'flag',
  'note',
  'grid',
  'state',
  'score',
  'parent',
  'code',
  'data',
  'errors',
  'length',
  'then',
  'valueOf',
];

/** A field name that is not in `taken`. */
export function freshName(random: Random, taken: ReadonlySet<string>): string {
  const free = NAMES.filter((name) => !taken.has(name));
  return free.length > 0 ? random.pick(free) : `name${taken.size}`;
}
