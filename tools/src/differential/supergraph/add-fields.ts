import { implemented, type Blueprint } from './blueprint.js';
import { freshName, type SubgraphDraft, type TypeDraft } from './draft.js';
import { args, LEAVES, wrapped, type FieldShape } from './field-shape.js';

/** The names of a type's fields in all subgraphs. */
export function fieldNames({ drafts }: Blueprint, type: string): Set<string> {
  return new Set(drafts.flatMap((draft) => [...(draft.types.get(type)?.fields.keys() ?? [])]));
}

function randomShape(blueprint: Blueprint, homes: readonly SubgraphDraft[], composite: number): FieldShape {
  const { random } = blueprint;
  const composites = random.chance(composite) ? blueprint.composites(homes) : [];
  const name = composites.length > 0 ? random.pick(composites) : random.pick(LEAVES);
  return { type: wrapped(random, name), args: args(random) };
}

export function addEntityFields(blueprint: Blueprint): void {
  const { random, entities, entityInterfaces } = blueprint;
  for (const [name, { allowed }] of entities) {
    for (let i = random.between(2, 5); i > 0; i--) {
      const homes = random.some(allowed, 1, random.chance(0.25) ? 2 : 1);
      addSharedField(blueprint, homes, name, randomShape(blueprint, homes, 0.45));
    }
  }
  for (const [name, { home, extension, implementations }] of entityInterfaces) {
    for (const draft of [home, extension]) blueprint.define(draft, name);
    const taken = new Set(implementations.flatMap((each) => [...fieldNames(blueprint, each)]));
    for (let i = random.between(1, 3); i > 0; i--) {
      const shape = randomShape(blueprint, [extension], 0.4);
      const field = `${freshName(random, taken)}Of${name}`;
      blueprint.addField(extension, extension.type(name), field, shape);
    }
  }
}

/** Adds a field that each of these subgraphs resolves. One of them may have it non-null where others have it nullable. */
function addSharedField(
  blueprint: Blueprint,
  homes: readonly SubgraphDraft[],
  name: string,
  shape: FieldShape,
): void {
  const field = freshName(blueprint.random, fieldNames(blueprint, name));
  for (const home of homes) {
    blueprint.define(home, name);
    const directives = homes.length > 1 ? ['@shareable'] : [];
    const isStricter = LEAVES.includes(shape.type) && homes.length > 1 && blueprint.random.chance(0.3);
    const type = isStricter ? `${shape.type}!` : shape.type;
    blueprint.addField(home, home.type(name), field, { ...shape, type }, ...directives);
  }
}

export function addRootFields(blueprint: Blueprint, name: 'Query' | 'Mutation'): void {
  const { random, drafts } = blueprint;
  for (const draft of name === 'Query' ? drafts : random.some(drafts, 1, 3)) {
    for (let i = random.between(1, 4); i > 0; i--) {
      const homes = name === 'Query' && random.chance(0.15) ? random.some(drafts, 2, 2) : [draft];
      const shape = randomShape(blueprint, homes, 0.85);
      // A null at the top nulls the whole response, so few root fields are non-null.
      const type = random.chance(0.2) ? shape.type : shape.type.replace(/!$/, '');
      for (const home of homes) home.type(name);
      addSharedField(blueprint, homes, name, { ...shape, type });
    }
  }
}

/** An implementation has all fields that its interfaces have in any subgraph: composition wants it. */
export function completeInterfaces(blueprint: Blueprint): void {
  const { random, drafts, interfaces, entities } = blueprint;
  for (const [name, { fields, implementations }] of interfaces) {
    const needed = fieldNames(blueprint, name);
    for (const implementation of implementations) {
      const types = drafts.map((draft) => draft.types.get(implementation));
      if (!entities.has(implementation) || !types.some((type) => type?.interfaces.has(name))) continue;
      const missing = [...needed].filter((field) => !fieldNames(blueprint, implementation).has(field));
      for (const field of missing) {
        const home = random.pick(drafts.filter((_, i) => types[i] !== undefined));
        const shape = implemented(implementation, field, fields.get(field)!);
        blueprint.addField(home, home.type(implementation), field, shape, '@shareable');
      }
    }
  }
}

/** The fields of a type in other subgraphs that this subgraph does not define. */
export function foreignFields(
  { drafts }: Blueprint,
  draft: SubgraphDraft,
  name: string,
): [string, FieldShape][] {
  const own = draft.types.get(name);
  const found = new Map<string, FieldShape>();
  for (const type of drafts.map((each) => each.types.get(name))) {
    for (const [field, shape] of type?.fields ?? [])
      if (!own?.fields.has(field) && !shape.directives.has('@external')) found.set(field, shape);
  }
  return [...found];
}

/** The types of a subgraph that have a key and are not interfaces. */
export function keyedTypes({ entities, entityInterfaces }: Blueprint, draft: SubgraphDraft): TypeDraft[] {
  return [...draft.types.values()].filter(
    ({ name, keyword }) => keyword === 'type' && (entities.has(name) || entityInterfaces.has(name)),
  );
}
