const TEXTS = ['', 'é', '"quoted"\n', '__proto__', 'null', '\\u0000 '];

/** Values of the custom scalar: all that JSON has. */
const JSON_VALUES: readonly unknown[] = [
  0,
  false,
  'text',
  [],
  [1, [null, { a: 1 }]],
  { constructor: 1, a: { b: [] } },
  { __typename: 'Ant', id: 'not an entity' },
  {},
];

/** A correct value of a scalar, by a hash. */
export function leafOf(type: string, hash: number): unknown {
  if (type === 'Int') return (hash % 2000) - 1000;
  if (type === 'Float') return (hash % 2000) / 8;
  if (type === 'Boolean') return hash % 2 === 0;
  if (type === 'String') return `${TEXTS[hash % TEXTS.length]}${hash % 1000}`;
  if (type === 'ID') return `id ${hash % 1000}`;
  return JSON_VALUES[hash % JSON_VALUES.length];
}

/** The value of a key field of an object: another for each object and field. */
export function keyOf(type: string, field: string, n: number): unknown {
  return type === 'Int' ? n * 16 + field.length : `${field} ${n}`;
}

/** The number of the object whose key field has this value. */
export function objectOf(key: unknown): number {
  return typeof key === 'number' ? Math.floor(key / 16) : Number(String(key).split(' ')[1]);
}
