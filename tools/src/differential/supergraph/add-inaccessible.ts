import type { Blueprint } from './blueprint.js';
import { fieldNames } from './add-fields.js';

/** Hides some fields of entities, keys among them. */
export function addInaccessible(blueprint: Blueprint): void {
  const { random, drafts, entities, interfaces, entityInterfaces } = blueprint;
  const ofInterfaces = new Set(
    [...interfaces.values(), ...entityInterfaces.values()].flatMap(({ fields }) => [...fields.keys()]),
  );
  for (const name of entities.keys()) {
    const isMedia = [...entityInterfaces.values()].some(({ implementations }) =>
      implementations.includes(name),
    );
    const fields = [...fieldNames(blueprint, name)].filter((field) => !ofInterfaces.has(field));
    const hideable = isMedia ? fields.filter((field) => field !== 'id') : fields;
    for (const field of random.some(hideable, 0, fields.length - 1)) {
      if (!random.chance(0.15)) continue;
      for (const draft of drafts) {
        const directives = draft.types.get(name)?.fields.get(field)?.directives;
        if (!directives?.has('@external')) directives?.add('@inaccessible');
      }
    }
  }
}
