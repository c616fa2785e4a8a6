import type { Path } from '../known-errors.js';
import type { Data } from '../own.js';
import type { Entities } from './entities.js';
import { placesAt, type PlanPath } from './targets.js';

/** The places of the entities of one fetch, found when they are first needed. */
export class EntityPlaces {
  private places: readonly (readonly Path[])[] | null = null;

  /** @param path of the entities in the data */
  constructor(
    private readonly entities: Entities,
    private readonly data: Data,
    private readonly path: PlanPath,
  ) {}

  /** All places of an entity, in the order of the response. */
  of(index: number): readonly Path[] {
    // Found for all entities at once, since every one of them may have an error.
    this.places ??= this.find();
    return this.places[index] ?? [];
  }

  private find(): readonly (readonly Path[])[] {
    const { targets, indices, types } = this.entities;
    const places: Path[][] = types.map(() => []);
    const known = placesAt(this.data, this.path);
    targets.forEach((target, n) => {
      const place = known.get(target);
      // An object without a place has been replaced by the null of another fetch, which has its own error.
      if (place) places[indices[n]!]!.push(place);
    });
    return places;
  }
}
