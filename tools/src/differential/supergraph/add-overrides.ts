import type { Blueprint } from './blueprint.js';
import { namedType } from './field-shape.js';

/** Moves some fields of entities from one subgraph to another. The first still defines them. */
export function addOverrides(blueprint: Blueprint): void {
  const { random, drafts, entities, interfaces } = blueprint;
  for (const [name, { allowed, keys }] of entities) {
    const isKey = (field: string) => keys.some(({ fields }) => fields.has(field));
    for (const from of drafts) {
      for (const [field, shape] of from.types.get(name)?.fields ?? []) {
        if (shape.directives.size > 0 || isKey(field) || !random.chance(0.15)) continue;
        if ([...interfaces.values()].some(({ fields }) => fields.has(field))) continue;
        const isElsewhere = drafts.some((each) => each !== from && each.types.get(name)?.fields.has(field));
        const others = allowed.filter((each) => each !== from && each.types.has(name));
        if (isElsewhere || others.length === 0) continue;
        const to = random.pick(others);
        const target = namedType(shape.type);
        if (entities.has(target) && !entities.get(target)!.allowed.includes(to)) continue;
        if (
          !/^(Int|Float|String|Boolean|ID|Color|Json)$/.test(target) &&
          !blueprint.composites([to]).includes(target)
        )
          continue;
        blueprint.addField(to, to.type(name), field, shape, `@override(from: "${from.name}")`);
      }
    }
  }
}
