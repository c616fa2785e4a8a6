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

/** What turns an operation away: a limit and a value; null when it may pass. */
function refused(text: string, variables: Record<string, unknown> = {}, limits: Limits = LIMITS) {
  const document = parse(text);
  const all = new DocumentLimits(limits);
  const exceeded = all.refusal(document, model) ?? all.costRefusal(operationOf(document), variables);
  return exceeded && [exceeded.limit, exceeded.value];
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

describe('what is measured', () => {
  test('equals what is counted when every fragment is written out', () => {
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

  test('keeps the budget: what passes is within every limit, what is refused exceeds the one that is named', () => {
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
        const exceeded = truth.filter(([name, value]) => value > most[name as keyof typeof most]);
        const answer = refused(text, variables, { ...UNBOUNDED, ...most });
        expect(exceeded.length === 0 ? [null] : exceeded).toContainEqual(answer);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a document is refused', () => {
  test.each<[string, string, string, number]>([
    ['that is deep', nested(10), 'depth', 22],
    ['that is wide', `{ ${numbered('... { node { id } }', 21)} }`, 'rootFields', 21],
    ['that has many aliases', `{ one { ${numbered('a#: id', 51)} } }`, 'aliases', 51],
    ['that repeats a field', `{ one { ${repeated('id', 31)} } }`, 'repeats', 31],
    [
      'that repeats a field in fields that it repeats',
      `{ ${repeated('one { id id id id }', 8)} }`,
      'repeats',
      32,
    ],
    ['that has many directives', `{ one { ${numbered('id @a @b', 26)} } }`, 'directives', 52],
    ['that has many directives in one place', `{ one @a @b @c @d @e @f { id } }`, 'directivesPerLocation', 6],
    [
      'that has them on variables',
      `query ($a: Int @a @a @a @a @a @a) { one { id } }`,
      'directivesPerLocation',
      6,
    ],
    ['that explodes by fragments', exploding(30), 'selections', 3 * 2 ** 30],
    ['that explodes beyond all numbers', exploding(150), 'selections', Number.MAX_SAFE_INTEGER],
    [
      'that explodes in fragments that nobody spreads',
      `{ one { id } } ${exploding(30).slice('{ one { ...F0 } }'.length)}`,
      'selections',
      // Each fragment for itself: 3 · 2^k − 2 for k from 0 to 30.
      3 * (2 ** 31 - 1) - 2 * 30,
    ],
    [
      'whose fragment spreads itself',
      '{ one { ...A } } fragment A on Item { ...B } fragment B on Item { ...A }',
      'selections',
      Number.MAX_SAFE_INTEGER,
    ],
    [
      'that asks for lists in lists',
      '{ page(first: 100) { nodes { page(first: 100) { nodes { id } } } } }',
      'cost',
      10_201,
    ],
    [
      'that asks for many values of each of a list',
      `{ page(first: 100) { nodes { ${numbered('a#: id', 20)} page(first: 10) { nodes { ${numbered('b#: id', 20)} } } } } }`,
      'values',
      1 + 100 * (1 + 20 + 1 + 10 * (1 + 20)),
    ],
    [
      'that asks for the names of types, which no subgraph knows',
      `{ page(first: 100) { nodes { page(first: 40) { nodes { ${numbered('a#: __typename', 20)} } } } } }`,
      'values',
      1 + 100 * (2 + 40 * 21),
    ],
    [
      'that asks for long lists of leaves',
      `{ page(first: 100) { nodes { ${repeated('names', 20)} } } }`,
      'values',
      20_101,
    ],
    [
      'whose events have many values',
      `subscription { happened { page(first: 50) { nodes { ${numbered('a#: id', 20)} } } } }`,
      'eventValues',
      1 + 1 + 50 * 21,
    ],
    ['that has a long alias', `{ one { ${'a'.repeat(101)}: id } }`, 'aliasLength', 101],
    [
      'that logs in twice by aliases',
      'mutation { a: login { id } b: login { id } }',
      'credentialMutations',
      2,
    ],
    [
      'that tries two kinds of credential',
      'mutation { login { id } register { id } }',
      'credentialMutations',
      2,
    ],
    [
      'that logs in twice by fragments',
      'mutation { ...A ... { b: login { id } } } fragment A on Mutation { login { id } }',
      'credentialMutations',
      2,
    ],
  ])('%s', (_, text, limit, value) => {
    expect(refused(text)).toEqual([limit, value]);
  });

  test('for what its variables make of it, and not without them', () => {
    const text =
      'query ($n: Int, $m: Int = 1) { page(first: $n) { nodes { page(last: $m) { nodes { id } } } } }';
    expect(refused(text, { n: 100, m: 100 })).toEqual(['cost', 10_201]);
    expect(refused(text, { n: 100 })).toBe(null);
    expect(refused(text, { n: Infinity })).toEqual(['cost', Number.MAX_SAFE_INTEGER]);
    expect(refused(text, { n: -1e9, m: 100 })).toBe(null);
    expect(refused(text, { n: 'all', m: ['x'] })).toBe(null);
  });

  test('for the values that its variables make of it, in an answer and in an event', () => {
    const list = `page(first: $n) { nodes { ${numbered('a#: id', 40)} } }`;
    const query = `query ($n: Int) { one { ${list} } }`;
    expect(refused(query, { n: 500 })).toEqual(['values', 2 + 500 * 41]);
    expect(refused(query, { n: 400 })).toBe(null);
    expect(refused(query, { n: Infinity })).toEqual(['cost', Number.MAX_SAFE_INTEGER]);
    const subscription = `subscription ($n: Int) { happened { ${list} } }`;
    expect(refused(subscription, { n: 25 })).toEqual(['eventValues', 2 + 25 * 41]);
    expect(refused(subscription, { n: 24 })).toBe(null);
    const free = 'query ($n: Int) { one { page(first: 0) { nodes { page(first: $n) { nodes { id } } } } } }';
    expect(refused(free, { n: Infinity })).toBe(null);
  });

  test('for a list whose size is hidden behind an empty one, by no infinity', () => {
    const text = 'query ($n: Int) { page(first: $n) { nodes { id } } items(first: 6000) { id } }';
    expect(refused(text, { n: Infinity })).toEqual(['cost', Number.MAX_SAFE_INTEGER]);
    const empty =
      'query ($z: Int, $n: Int) { items(first: $z) { page(first: $n) { nodes { id } } } b: items(first: 6000) { id } }';
    expect(refused(empty, { z: 0, n: Infinity })).toEqual(['cost', 6_000]);
  });

  test('after each selection of it was looked at once', () => {
    const document = parse(exploding(30));
    const expansion = new Expansion(document);
    expect(expansion.size).toBeGreaterThan(1e9);
    // `one` and its spread, two spreads in each fragment, `id` in the last.
    expect(expansion.visited).toBe(2 + 2 * 30 + 1);
  });
});

describe('a document passes', () => {
  test('that is the introspection of tools, with all that it can ask for', () => {
    const all = {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    };
    expect(refused(getIntrospectionQuery(all))).toBe(null);
  });

  test('that asks for a page of a hundred with all that a table shows', () => {
    const columns = numbered('a#: id', 15);
    expect(
      refused(
        `{ page(first: 100) { nodes { ${columns} owner: page(first: 1) { nodes { ${numbered('b#: id', 15)} } } } } }`,
      ),
    ).toBe(null);
  });

  test('with one credential mutation, and others beside it', () => {
    expect(refused('mutation { login { id } rename { id } a: rename { id } }')).toBe(null);
  });

  test('whose fields of these names are no mutations', () => {
    expect(refused('{ login: one { id } ... { register: one { id } } }')).toBe(null);
  });
});
