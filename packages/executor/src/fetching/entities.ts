import type { Data } from '../own.js';
import type { Representations, RepresentationWriter } from './representations.js';

/** The entities of one fetch. */
export interface Entities {
  /** The objects that need an answer. */
  readonly targets: readonly Data[];
  /** The place of each target's entity in the request. Equal entities are requested once. */
  readonly indices: readonly number[];
  /** The types of the requested entities. */
  readonly types: readonly string[];
  /** Their representations, separated by commas. */
  readonly json: string;
}

/** Finds the entities that a fetch requests among the objects that may need its answer. */
export function entitiesIn(objects: readonly Data[], representations: Representations): Entities {
  const known = new Map<RepresentationWriter, Map<string, number>>();
  const targets: Data[] = [];
  const indices: number[] = [];
  const types: string[] = [];
  let json = '';
  for (const object of objects) {
    const typename = object['__typename'];
    const writer = typeof typename === 'string' ? representations.writerOf(typename) : null;
    const identity = writer?.identityOf(object);
    if (!writer || typeof identity !== 'string') continue;
    let ofType = known.get(writer);
    if (!ofType) known.set(writer, (ofType = new Map()));
    let index = ofType.get(identity);
    if (index === undefined) {
      index = types.length;
      ofType.set(identity, index);
      types.push(writer.type);
      json += `${index === 0 ? '' : ','}${writer.write(identity)}`;
    }
    targets.push(object);
    indices.push(index);
  }
  return { targets, indices, types, json };
}
