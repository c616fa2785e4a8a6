import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { getIntrospectionQuery, Kind, parse, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { CostModel } from './cost-model.js';
import { DocumentLimits } from './document-limits.js';
import { Expansion } from './expansion.js';
import { evaluate } from './formula.js';
import { LIMITS, type Limits } from './limits.js';
import { measure } from './measure.js';
import { generated } from './testing/documents.js';
import { reference, SDL } from './testing/reference.js';

const model = new CostModel(SDL);
const UNBOUNDED = Object.fromEntries(
  Object.keys(LIMITS).map((name) => [name, Infinity]),
) as unknown as Limits;

/** The exceeded limit and the measured value; null when the operation is accepted. */
function exceeded(text: string, variables: Record<string, unknown> = {}, limits: Limits = LIMITS) {
  const document = parse(text);
  const all = new DocumentLimits(limits);
  const error = all.rejection(document, model) ?? all.costRejection(operationOf(document), variables);
  return error && [error.limit, error.value];
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;
}

/** `levels` fragments that spread each other `times` times. */
function exploding(levels: number, times = 2): string {
  const fragments = Array.from(
    { length: levels },
    (_, index) => `fragment F${index} on Item { ${`...F${index + 1} `.repeat(times)} }`,
  );
  return `{ one { ...F0 } } ${fragments.join(' ')} fragment F${levels} on Item { id }`;
}

const repeated = (text: string, times: number) => Array.from({ length: times }, () => text).join(' ');
const numbered = (text: string, times: number) =>
  Array.from({ length: times }, (_, index) => text.replaceAll('#', String(index))).join(' ');
const nested = (levels: number) =>
  `{ one ${'{ page { nodes '.repeat(levels)} { id } ${'} }'.repeat(levels)} }`;

describe('the measures of a document', () => {
  test('equal those of a reference that expands every fragment', () => {
    fc.assert(
      fc.property(generated, ({ text, variables }) => {
        const document = parse(text);
        const expansion = new Expansion(document);
        const { amounts, ...measures } = measure(operationOf(document), expansion, model);
        expect({
          selections: expansion.size,
          ...measures,
          cost: evaluate(amounts.cost, variables),
          values: evaluate(amounts.values, variables),
        }).toEqual({
          ...reference(document, variables),
          credentialMutations: 0,
        });
      }),
      { numRuns: 500 },
    );
  });

  test('decide: an accepted document is within all limits, a rejected one exceeds the named limit', () => {
    const some = { min: 1, max: 60 };
    const limits = fc.record({
      selections: fc.integer(some),
      depth: fc.integer({ min: 1, max: 8 }),
      rootFields: fc.integer({ min: 1, max: 5 }),
      aliases: fc.integer({ min: 0, max: 10 }),
      aliasLength: fc.integer({ min: 0, max: 7 }),
      repeats: fc.integer({ min: 1, max: 6 }),
      cost: fc.integer({ min: 1, max: 500 }),
      values: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(generated, limits, ({ text, variables }, most) => {
        const truth = Object.entries(reference(parse(text), variables));
        const expected = truth.filter(([name, value]) => value > most[name as keyof typeof most]);
        const actual = exceeded(text, variables, { ...UNBOUNDED, ...most });
        expect(expected.length === 0 ? [null] : expected).toContainEqual(actual);
      }),
      { numRuns: 500 },
    );
  });
});

describe('rejects a document', () => {
  test.each<[string, string, string, number]>([
    ['with deep nesting', nested(10), 'depth', 22],
    ['with many root fields', `{ ${numbered('... { node { id } }', 21)} }`, 'rootFields', 21],
    ['with many aliases', `{ one { ${numbered('a#: id', 51)} } }`, 'aliases', 51],
    ['that repeats a field', `{ one { ${repeated('id', 31)} } }`, 'repeats', 31],
    ['that repeats a field in repeated fields', `{ ${repeated('one { id id id id }', 8)} }`, 'repeats', 32],
    ['with many directives', `{ one { ${numbered('id @a @b', 26)} } }`, 'directives', 52],
    ['with many directives in one location', `{ one @a @b @c @d @e @f { id } }`, 'directivesPerLocation', 6],
    [
      'with many directives on a variable',
      `query ($a: Int @a @a @a @a @a @a) { one { id } }`,
      'directivesPerLocation',
      6,
    ],
    ['with a billion selections by fragments', exploding(30), 'selections', 3 * 2 ** 30],
    ['with more selections than a safe integer', exploding(150), 'selections', Number.MAX_SAFE_INTEGER],
    [
      'with a billion selections in unused fragments',
      `{ one { id } } ${exploding(30).slice('{ one { ...F0 } }'.length)}`,
      'selections',
      // Each fragment has 3 · 2^k − 2, for k from 0 to 30.
      3 * (2 ** 31 - 1) - 2 * 30,
    ],
    [
      'with a fragment that spreads itself',
      '{ one { ...A } } fragment A on Item { ...B } fragment B on Item { ...A }',
      'selections',
      Number.MAX_SAFE_INTEGER,
    ],
    [
      'with nested lists',
      '{ page(first: 100) { nodes { page(first: 100) { nodes { id } } } } }',
      'cost',
      10_201,
    ],
    [
      'with many values in each list item',
      `{ page(first: 100) { nodes { ${numbered('a#: id', 20)} page(first: 10) { nodes { ${numbered('b#: id', 20)} } } } } }`,
      'values',
      1 + 100 * (1 + 20 + 1 + 10 * (1 + 20)),
    ],
    [
      'with many `__typename` values, which are not in the supergraph',
      `{ page(first: 100) { nodes { page(first: 40) { nodes { ${numbered('a#: __typename', 20)} } } } } }`,
      'values',
      1 + 100 * (2 + 40 * 21),
    ],
    [
      'with long lists of scalars',
      `{ page(first: 100) { nodes { ${repeated('names', 20)} } } }`,
      'values',
      20_101,
    ],
    [
      'with many values in each event',
      `subscription { happened { page(first: 50) { nodes { ${numbered('a#: id', 20)} } } } }`,
      'eventValues',
      1 + 1 + 50 * 21,
    ],
    ['with a long alias', `{ one { ${'a'.repeat(101)}: id } }`, 'aliasLength', 101],
    [
      'with the same credential mutation twice, by aliases',
      'mutation { a: issue { id } b: issue { id } }',
      'credentialMutations',
      2,
    ],
    [
      'with two different credential mutations',
      'mutation { issue { id } renew { id } }',
      'credentialMutations',
      2,
    ],
    [
      'with the same credential mutation twice, by fragments',
      'mutation { ...A ... { b: issue { id } } } fragment A on Mutation { issue { id } }',
      'credentialMutations',
      2,
    ],
  ])('%s', (_, text, limit, value) => {
    expect(exceeded(text)).toEqual([limit, value]);
  });

  test('whose cost exceeds the limit only with its variables', () => {
    const text =
      'query ($n: Int, $m: Int = 1) { page(first: $n) { nodes { page(last: $m) { nodes { id } } } } }';
    expect(exceeded(text, { n: 100, m: 100 })).toEqual(['cost', 10_201]);
    expect(exceeded(text, { n: 100 })).toBe(null);
    expect(exceeded(text, { n: Infinity })).toEqual(['cost', Number.MAX_SAFE_INTEGER]);
    expect(exceeded(text, { n: -1e9, m: 100 })).toBe(null);
    expect(exceeded(text, { n: 'all', m: ['x'] })).toBe(null);
  });

  test('with too many values in its response or event because of its variables', () => {
    const list = `page(first: $n) { nodes { ${numbered('a#: id', 40)} } }`;
    const query = `query ($n: Int) { one { ${list} } }`;
    expect(exceeded(query, { n: 500 })).toEqual(['values', 2 + 500 * 41]);
    expect(exceeded(query, { n: 400 })).toBe(null);
    expect(exceeded(query, { n: Infinity })).toEqual(['cost', Number.MAX_SAFE_INTEGER]);
    const subscription = `subscription ($n: Int) { happened { ${list} } }`;
    expect(exceeded(subscription, { n: 25 })).toEqual(['eventValues', 2 + 25 * 41]);
    expect(exceeded(subscription, { n: 24 })).toBe(null);
    const free = 'query ($n: Int) { one { page(first: 0) { nodes { page(first: $n) { nodes { id } } } } } }';
    expect(exceeded(free, { n: Infinity })).toBe(null);
  });

  test('with an infinite list, but not when that is inside an empty list', () => {
    const text = 'query ($n: Int) { page(first: $n) { nodes { id } } items(first: 6000) { id } }';
    expect(exceeded(text, { n: Infinity })).toEqual(['cost', Number.MAX_SAFE_INTEGER]);
    const empty =
      'query ($z: Int, $n: Int) { items(first: $z) { page(first: $n) { nodes { id } } } b: items(first: 6000) { id } }';
    expect(exceeded(empty, { z: 0, n: Infinity })).toEqual(['cost', 6_000]);
  });

  test('after it has visited each selection only once', () => {
    const document = parse(exploding(30));
    const expansion = new Expansion(document);
    expect(expansion.size).toBeGreaterThan(1e9);
    // `one` and its spread, two spreads in each fragment, and `id` in the last fragment.
    expect(expansion.visited).toBe(2 + 2 * 30 + 1);
  });
});

describe('accepts a document', () => {
  test('with the complete introspection query', () => {
    const all = {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    };
    expect(exceeded(getIntrospectionQuery(all))).toBe(null);
  });

  test('with a page of a hundred objects and thirty columns', () => {
    const columns = numbered('a#: id', 15);
    expect(
      exceeded(
        `{ page(first: 100) { nodes { ${columns} owner: page(first: 1) { nodes { ${numbered('b#: id', 15)} } } } } }`,
      ),
    ).toBe(null);
  });

  test('with one credential mutation and other mutations', () => {
    expect(exceeded('mutation { issue { id } rename { id } a: rename { id } }')).toBe(null);
  });

  test('with fields of these names that are not mutations', () => {
    expect(exceeded('{ issue: one { id } ... { renew: one { id } } }')).toBe(null);
  });
});
