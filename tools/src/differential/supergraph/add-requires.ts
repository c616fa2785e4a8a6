import { foreignFields, fieldNames, keyedTypes } from './add-fields.js';
import type { Blueprint } from './blueprint.js';
import { freshName, type SubgraphDraft } from './draft.js';
import { args, LEAVES, namedType, wrapped, type FieldShape } from './field-shape.js';

/** Adds fields that are computed from fields of other subgraphs. */
export function addRequires(blueprint: Blueprint): void {
  const { random, drafts } = blueprint;
  for (const draft of drafts) {
    for (const type of keyedTypes(blueprint, draft)) {
      if (!random.chance(0.35)) continue;
      const selected = random
        .some(foreignFields(blueprint, draft, type.name), 1, 2)
        .map(([name, shape]) => requireField(blueprint, draft, type.name, name, shape))
        .filter((text) => text !== undefined);
      if (selected.length === 0) continue;
      const shape = { type: wrapped(random, random.pick(LEAVES)), args: args(random) };
      const fresh = freshName(random, fieldNames(blueprint, type.name));
      const name = blueprint.entityInterfaces.has(type.name) ? `${fresh}Of${type.name}` : fresh;
      blueprint.addField(draft, type, name, shape, `@requires(fields: "${selected.join(' ')}")`);
    }
  }
}

/** @returns the selection. Undefined when the field cannot be required. */
function requireField(
  blueprint: Blueprint,
  draft: SubgraphDraft,
  type: string,
  name: string,
  shape: FieldShape,
): string | undefined {
  const target = namedType(shape.type);
  if (!LEAVES.includes(target) && !blueprint.composites([draft]).includes(target)) return undefined;
  const nested = LEAVES.includes(target) ? '' : nestedSelection(blueprint, draft, target);
  if (nested === undefined) return undefined;
  blueprint.addField(draft, draft.type(type), name, shape, '@external');
  return `${name}${literals(blueprint, shape.args)}${nested}`;
}

function nestedSelection(blueprint: Blueprint, draft: SubgraphDraft, target: string): string | undefined {
  const { random, values, entities } = blueprint;
  if (!values.has(target) && !entities.has(target)) return undefined;
  blueprint.define(draft, target);
  const isPlain = ([, { type, args: text }]: [string, FieldShape]) =>
    LEAVES.includes(namedType(type)) && text === '';
  const foreign = random.some(foreignFields(blueprint, draft, target).filter(isPlain), 0, 2);
  const own = [...draft.type(target).fields]
    .filter(([, { directives }]) => !requiresOthers(directives))
    .filter(isPlain);
  for (const [name, shape] of foreign)
    blueprint.addField(draft, draft.type(target), name, shape, '@external');
  const names = [...foreign, ...random.some(own, foreign.length > 0 ? 0 : 1, 2)].map(([name]) => name);
  return names.length > 0 ? ` { ${names.join(' ')} }` : undefined;
}

function requiresOthers(directives: ReadonlySet<string>): boolean {
  return [...directives].some((each) => each.startsWith('@requires'));
}

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  n: ['3', 'null'],
  name: ['null'],
  id: ['7'],
  mode: ['ON', 'OFF'],
  filter: ['{ min: 4, next: { flag: false } }'],
  ids: ['[1, 2]'],
  json: ['{ a: [1, null] }', '5'],
  flag: ['true', 'false'],
  size: ['4', '5'],
  grid: ['[[1, null], []]'],
};

/** Arguments for a field with these arguments: all that it must have, and others by chance. */
export function literals({ random }: Blueprint, text: string): string {
  const given = [...text.matchAll(/(\w+): ([\w[\]!]+)( =)?/g)]
    .filter(
      ([, name, type, isOptional]) =>
        LITERALS[name!] !== undefined && ((type!.endsWith('!') && !isOptional) || random.chance(0.5)),
    )
    .map(([, name]) => `${name}: ${random.pick(LITERALS[name!]!)}`);
  return given.length > 0 ? `(${given.join(', ')})` : '';
}
