import { EACH_ITEM, type Path } from '../known-errors.js';
import { isObject, own, type Data } from '../own.js';

/** A path of a plan: keys inside the executor, and {@link EACH_ITEM}. */
export type PlanPath = readonly string[];

/** All objects at a path of a plan, in the order of the response. */
export function objectsAt(data: Data, path: PlanPath): Data[] {
  const found: Data[] = [];
  collect(data, path, 0, found);
  return found;
}

function collect(value: unknown, path: PlanPath, at: number, found: Data[]): void {
  if (Array.isArray(value)) {
    const next = path[at] === EACH_ITEM ? at + 1 : at;
    for (let n = 0; n < value.length; n += 1) collect(value[n], path, next, found);
  } else if (isObject(value)) {
    if (at === path.length) found.push(value);
    else collect(own(value, path[at]!), path, at + 1, found);
  }
}

/** The places of the objects at a path of a plan, with the same keys. */
export function placesAt(data: Data, path: PlanPath): ReadonlyMap<Data, Path> {
  const places = new Map<Data, Path>();
  const locate = (value: unknown, at: number, place: Path): void => {
    if (Array.isArray(value)) {
      const next = path[at] === EACH_ITEM ? at + 1 : at;
      value.forEach((item, n) => locate(item, next, [...place, n]));
    } else if (isObject(value)) {
      if (at === path.length) places.set(value, place);
      else locate(own(value, path[at]!), at + 1, [...place, path[at]!]);
    }
  };
  locate(data, 0, []);
  return places;
}
