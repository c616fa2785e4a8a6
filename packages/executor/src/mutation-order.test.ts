import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse, print } from 'graphql';
import { withDecidedConditions } from './document/decided-conditions.js';
import { LocalSupergraph } from './testing/local-supergraph.js';

let executed: string[];

const steps = () => {
  const step = (name: string) => () => {
    executed.push(name);
    return name;
  };
  const record = (name: string) => () => {
    executed.push(name);
    return { id: name, size: 1 };
  };
  return new LocalSupergraph({
    one: {
      typeDefs: `
        type Query { idle: Int }
        type Mutation { plain: String record: Record }
        type Record @key(fields: "id") { id: ID! size: Int }`,
      resolvers: { Mutation: { plain: step('plain'), record: record('record') } },
    },
    two: { typeDefs: `type Mutation { other: String }`, resolvers: { Mutation: { other: step('other') } } },
  });
};

/** The fields that were executed, in order, each time the same. */
async function executionOf(query: string, variables: Record<string, unknown> = {}): Promise<string[]> {
  executed = [];
  const { errors } = await steps().run(query, variables);
  expect(errors).toBeUndefined();
  const once = executed.slice(0, executed.length / 3);
  expect(executed).toEqual([...once, ...once, ...once]);
  return once;
}

describe('the root fields of a mutation', () => {
  beforeEach(() => void (executed = []));

  test('are executed in the order of the operation, with subfields or without', async () => {
    expect(await executionOf('mutation { plain record { id } }')).toEqual(['plain', 'record']);
    expect(await executionOf('mutation { record { id } other plain }')).toEqual(['record', 'other', 'plain']);
  });

  test('are executed in the order of the fragments that select them', async () => {
    const query =
      'mutation { ...F ...G ...F } fragment F on Mutation { plain } fragment G on Mutation { record { id } }';
    expect(await executionOf(query)).toEqual(['plain', 'record']);
  });

  test('are executed in order if the planner sends a fragment of the operation', async () => {
    const query = `mutation { ...G ...D last: plain }
      fragment D on Mutation { ...E ...E }
      fragment E on Mutation { ...F }
      fragment F on Mutation { one: plain two: plain three: plain }
      fragment G on Mutation { record { id size } }`;
    expect(steps().uncorrectedPlan(query)).toMatch(/fragment F/);
    expect(await executionOf(query)).toEqual(['record', 'plain', 'plain', 'plain', 'plain']);
  });

  test('are executed once when they are selected with and without a condition', async () => {
    const query = `mutation ($all: Boolean!) { ...F @include(if: $all) ...F other plain @skip(if: $all) plain }
      fragment F on Mutation { record { id } }`;
    for (const all of [true, false])
      expect(await executionOf(query, { all })).toEqual(['record', 'other', 'plain']);
  });

  test('are left out with @skip and @include', async () => {
    const query = `mutation ($all: Boolean!) {
      record @include(if: $all) { id }
      ... @skip(if: $all) { ... @include(if: true) { plain } }
      other @skip(if: true)
    }`;
    expect(await executionOf(query, { all: true })).toEqual(['record']);
    expect(await executionOf(query, { all: false })).toEqual(['plain']);
  });

  test('are executed once when their conditions exclude each other', async () => {
    const query = `mutation ($x: Boolean!) { plain @include(if: $x) other ... @skip(if: $x) { plain } }`;
    expect(await executionOf(query, { x: true })).toEqual(['plain', 'other']);
    expect(await executionOf(query, { x: false })).toEqual(['other', 'plain']);
  });

  test('are rejected under several conditions that may hold together', () => {
    const query = `mutation ($x: Boolean!, $y: Boolean!) { plain @include(if: $x) ... @include(if: $y) { plain } }`;
    expect(() => steps().program(query)).toThrow(
      'The mutation "plain" is selected under several conditions. Select it once.',
    );
  });
});

test('decided conditions let a mutation’s fields be selected under any conditions, each executed once in order', async () => {
  executed = [];
  const supergraph = steps();
  const query = `mutation ($x: Boolean!, $y: Boolean!) {
    record @include(if: $x) { id } plain @include(if: $x) other ... @include(if: $y) { plain record { size } } }`;
  const decided = print(withDecidedConditions(parse(query), { x: false, y: true }));
  const { data } = await supergraph.run(decided.replace(/\(.+?\)/, ''));
  expect(executed.slice(0, executed.length / 3)).toEqual(['other', 'plain', 'record']);
  expect(JSON.stringify(data)).toBe('{"other":"other","plain":"plain","record":{"size":1}}');
});
