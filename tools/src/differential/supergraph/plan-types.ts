import type { Blueprint, Key } from './blueprint.js';
import { implemented } from './blueprint.js';
import { freshName, type SubgraphDraft } from './draft.js';
import { args, LEAVES, wrapped, type FieldShape } from './field-shape.js';

const ID: Key = { selection: 'id', fields: new Map([['id', { type: 'ID!', args: '' }]]) };
const KEY_TYPES = ['ID!', 'String!', 'Int!'];

/** Decides which types there are. */
export function planTypes(blueprint: Blueprint): void {
  const { random, drafts } = blueprint;
  for (const name of random.some(['Ant', 'Bee', 'Cat', 'Dog'], 2, 4)) planEntity(blueprint, name, drafts);
  for (const name of random.some(['Vec', 'Box'], 1, 2)) planValue(blueprint, name);
  if (random.chance(0.35)) planEntityInterface(blueprint, 'Media', ['Film', 'Book', 'Song']);
  for (const name of random.some(['Item', 'Named'], 0, 2)) planInterface(blueprint, name);
  for (const name of random.some(['Pick', 'Either'], 0, 2)) {
    const members = random.some([...blueprint.entities.keys(), ...blueprint.values.keys()], 2, 4);
    blueprint.unions.set(name, members);
  }
}

function planEntity(blueprint: Blueprint, name: string, allowed: readonly SubgraphDraft[]): void {
  const { random, drafts } = blueprint;
  const keys = [ID];
  if (random.chance(0.3)) keys.push(simpleKey(blueprint, ['code']));
  if (random.chance(0.3)) keys.push(simpleKey(blueprint, ['kind', 'rank']));
  if (random.chance(0.3)) keys.push(nestedKey(blueprint, name));
  blueprint.entities.set(name, { keys, hub: random.pick(drafts), allowed });
}

function simpleKey({ random }: Blueprint, names: readonly string[]): Key {
  const fields = new Map(names.map((name) => [name, { type: random.pick(KEY_TYPES), args: '' }]));
  return { selection: names.join(' '), fields };
}

/** A key through another entity or through an object of its own. */
function nestedKey(blueprint: Blueprint, name: string): Key {
  const { random } = blueprint;
  const [other] = random.some([...blueprint.entities.keys()], 0, 1);
  if (other)
    return { selection: 'parent { id }', fields: new Map([['parent', { type: `${other}!`, args: '' }]]) };
  const { selection, fields } = simpleKey(blueprint, random.some(['id', 'kind', 'code'], 1, 2));
  blueprint.values.set(`${name}Ref`, fields);
  const shape = { type: `${name}Ref!`, args: '' };
  return random.chance(0.5)
    ? { selection: `ref { ${selection} }`, fields: new Map([['ref', shape]]) }
    : { selection: `id ref { ${selection} }`, fields: new Map([...ID.fields, ['ref', shape]]) };
}

function planValue(blueprint: Blueprint, name: string): void {
  const { random, entities } = blueprint;
  const fields = new Map<string, FieldShape>();
  for (let i = random.between(1, 4); i > 0; i--) {
    const type = random.chance(0.25) ? random.pick([...entities.keys()]) : random.pick(LEAVES);
    fields.set(freshName(random, new Set(fields.keys())), {
      type: wrapped(random, type),
      args: args(random),
    });
  }
  blueprint.values.set(name, fields);
}

/** An interface whose field names no implementation uses for something else. */
function planInterface(blueprint: Blueprint, name: string): void {
  const { random, entities, values } = blueprint;
  const objects = [...entities.keys(), ...[...values.keys()].filter((each) => !each.endsWith('Ref'))];
  const implementations = random.some(objects, 1, 4);
  const everywhere = [...entities].filter(([, { allowed }]) => allowed.length === blueprint.drafts.length);
  const types = [...LEAVES, ...LEAVES, ...everywhere.map(([entity]) => entity)];
  const fields = new Map<string, FieldShape>();
  for (const field of random.some([`of${name}`, `as${name}`, `in${name}`], 1, 3))
    fields.set(field, { type: wrapped(random, random.pick(types)), args: args(random) });
  blueprint.interfaces.set(name, { fields, implementations });
  for (const implementation of implementations) {
    const value = values.get(implementation);
    if (!value) continue;
    const more = [...fields].map(
      ([field, shape]) => [field, implemented(implementation, field, shape)] as const,
    );
    values.set(implementation, new Map([...value, ...more]));
  }
}

/** One subgraph has the interface and its implementations, another has an interface object. */
function planEntityInterface(blueprint: Blueprint, name: string, names: readonly string[]): void {
  const { random, drafts } = blueprint;
  const [home, extension] = random.some(drafts, 2, 2) as [SubgraphDraft, SubgraphDraft];
  const implementations = random.some(names, 1, 3);
  const fields = new Map([['title', { type: wrapped(random, random.pick(LEAVES)), args: args(random) }]]);
  blueprint.entityInterfaces.set(name, { home, extension, key: ID, fields, implementations });
  const allowed = drafts.filter((each) => each !== extension);
  for (const implementation of implementations)
    blueprint.entities.set(implementation, { keys: [ID], hub: home, allowed });
}
