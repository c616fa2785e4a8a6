import * as fc from 'fast-check';

type Path = readonly (string | number)[];

/** A change to one place in a JSON value. */
export interface Alteration {
  /** Index of the place in depth-first order, modulo the number of places. */
  readonly place: number;
  readonly by: 'replacing' | 'removing' | 'adding to';
  readonly value: unknown;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, 5, -1.5, 1e300, '', 'x', true, [], {}, [null], [[]], [5], [{}], { a: 1 }),
  fc.constantFrom<unknown>({ data: null }, { errors: [] }, { errors: [null] }, { data: {}, errors: 5 }),
  fc.constantFrom<unknown>({ __typename: 5 }, { __typename: 'Place' }, { length: 1 }, 'Person', 'Nobody'),
  fc.jsonValue({ maxDepth: 3 }),
);

export const alterations: fc.Arbitrary<Alteration> = fc.record({
  place: fc.nat({ max: 500 }),
  by: fc.constantFrom('replacing', 'replacing', 'replacing', 'removing', 'adding to'),
  value: junk,
});

/** Returns an altered copy, and the path of the change. */
export function altered(json: unknown, { place, by, value }: Alteration): { json: unknown; at: Path } {
  const places = [...placesOf(json, [])];
  const at = places[place % places.length]!;
  const holder = { json: structuredClone(json) };
  const path: Path = ['json', ...at];
  const parent = path.slice(0, -1).reduce<unknown>((of, key) => of![key as never], holder) as never;
  const key = path.at(-1) as never;
  const old: unknown = parent[key];
  if (by === 'adding to' && Array.isArray(old)) old.push(value);
  else if (by === 'adding to' && typeof old === 'object' && old !== null) Object.assign(old, { more: value });
  else if (by === 'removing' && Array.isArray(parent)) (parent as unknown[]).splice(key, 1);
  else if (by === 'removing') delete parent[key];
  else parent[key] = value as never;
  return { json: holder.json, at };
}

function* placesOf(json: unknown, at: Path): Generator<Path> {
  yield at;
  if (typeof json !== 'object' || json === null) return;
  const keys = Array.isArray(json) ? json.keys() : Object.keys(json);
  for (const key of keys) yield* placesOf((json as Record<string | number, unknown>)[key], [...at, key]);
}
