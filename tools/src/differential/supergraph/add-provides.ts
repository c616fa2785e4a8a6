import { foreignFields } from './add-fields.js';
import type { Blueprint } from './blueprint.js';
import type { FieldDraft } from './draft.js';
import { LEAVES, namedType } from './field-shape.js';

/** Lets some fields resolve more fields of the entities that they return. */
export function addProvides(blueprint: Blueprint): void {
  const { random, drafts, entities } = blueprint;
  for (const draft of drafts) {
    for (const type of Array.from(draft.types.values())) {
      if (type.keyword === 'interface') continue;
      for (const [, field] of type.fields) {
        const target = namedType(field.type);
        if (!entities.has(target) || field.directives.size > 0 || !random.chance(0.3)) continue;
        const provided = foreignFields(blueprint, draft, target).filter(
          ([, shape]) => LEAVES.includes(namedType(shape.type)) && shape.args === '',
        );
        const chosen = random.some(provided, 1, 2);
        if (chosen.length === 0) continue;
        for (const [name, shape] of chosen) {
          for (const home of drafts) share(home.types.get(target)?.fields.get(name));
          blueprint.addField(draft, draft.type(target), name, shape, '@external');
        }
        field.directives.add(`@provides(fields: "${chosen.map(([name]) => name).join(' ')}")`);
      }
    }
  }
}

/** A provided field is resolved in several subgraphs. */
function share(field: FieldDraft | undefined): void {
  if (field && !field.directives.has('@external')) field.directives.add('@shareable');
}
