import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

test.each<[unknown, unknown]>([
  [{ a: 1 }, { a: '1' }],
  [{ a: 1 }, { b: 1 }],
  [{ a: null }, {}],
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: [] }, { a: {} }],
  [{ a: 'b,c' }, { a: 'b', c: '' }],
  [['a'], { 0: 'a' }],
  [JSON.parse('{"__proto__":1}'), {}],
  ['null', null],
])('distinguishes %j from %j', (one, other) => {
  expect(canonicalJson(one)).not.toBe(canonicalJson(other));
});

const json = fc.jsonValue({ maxDepth: 4 });

/** The same value with its keys in reverse order, at every depth. */
function withReversedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withReversedKeys);
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, withReversedKeys(part)]),
  );
}

test('is equal for equal values and parses back to the value', () => {
  fc.assert(
    fc.property(json, (value) => {
      const canonical = canonicalJson(value);
      expect(canonicalJson(withReversedKeys(value))).toBe(canonical);
      expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 1_000 },
  );
});

test('differs for different values', () => {
  const small = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(null, true, 0, 1, '', '0', 'a', '"', '{}', '[]', 'a":"b'),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', '0', '1', '"', '__proto__', 'toJSON'), tie('value'), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    ),
  })).value;
  fc.assert(
    fc.property(small, small, (one, other) => {
      expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(one, other));
    }),
    { numRuns: 5_000 },
  );
});
