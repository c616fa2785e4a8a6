import { EACH_ITEM, type Path } from '../known-errors.js';
import { isObject, own, type Data } from '../own.js';

/** A path of a plan: keys inside the executor, {@link EACH_ITEM}, and types that objects must have ({@link ofType}). */
export type PlanPath = readonly string[];

const TYPE = '... on ';

/** The part of a path that leaves out objects of other types. */
export function ofType(type: string): string {
  return TYPE + type;
}

/** A path of keys and lists. */
export function withoutTypes(path: PlanPath): PlanPath {
  return path.filter((each) => !each.startsWith(TYPE));
}

/** Whether an object has the type of a part of a path; null when the part is a key. */
function hasType(object: Data, part: string): boolean | null {
  // Names do not begin with a dot.
  if (part[0] !== '.') return null;
  const typename = own(object, '__typename');
  return typename === undefined || typename === part.slice(TYPE.length);
}

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
    if (at === path.length) {
      found.push(value);
      return;
    }
    const isOfType = hasType(value, path[at]!);
    if (isOfType === false) return;
    collect(isOfType ? value : own(value, path[at]!), path, at + 1, found);
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
      if (at === path.length) {
        places.set(value, place);
        return;
      }
      const isOfType = hasType(value, path[at]!);
      if (isOfType) locate(value, at + 1, place);
      else if (isOfType === null) locate(own(value, path[at]!), at + 1, [...place, path[at]!]);
    }
  };
  locate(data, 0, []);
  return places;
}
