import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { post } from './testing/sent-operations.js';
import { ServedSupergraph } from './testing/served-supergraph.js';

let done: string[] = [];
const step = (name: string) => () => {
  done.push(name);
  return name;
};

let supergraph: ServedSupergraph;
beforeAll(async () => {
  supergraph = await ServedSupergraph.start({
    one: {
      typeDefs: 'type Query { idle: Int } type Mutation { open: String close: String }',
      resolvers: { Mutation: { open: step('open'), close: step('close') } },
    },
    two: {
      typeDefs: 'type Query { busy: Int } type Mutation { move: String }',
      resolvers: { Mutation: { move: step('move') } },
    },
  });
});
afterAll(() => supergraph?.stop());
beforeEach(() => void (done = []));

test.each([
  [{ x: true, y: true }, ['open', 'move', 'close']],
  [{ x: false, y: true }, ['move', 'open', 'close']],
  [{ x: true, y: false }, ['open', 'move', 'close']],
  [{ x: false, y: false }, ['move', 'close']],
])('executes mutations once and in order with the variables %j', async (variables, expected) => {
  const query = `mutation ($x: Boolean!, $y: Boolean!) {
    open @include(if: $x) move ... @include(if: $y) { open } close }`;
  for (let use = 1; use <= 3; use += 1) {
    const { body } = await post(supergraph.gateway.url, { query, variables });
    const { data, errors } = JSON.parse(body) as { data: object; errors?: unknown };
    expect([Object.keys(data), errors]).toEqual([expected, undefined]);
  }
  expect(done).toEqual([...expected, ...expected, ...expected]);
});
