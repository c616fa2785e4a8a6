import { expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

const notes = () => {
  const done = new Set<string>();
  const mutation = (name: string, value: string | null) => () => (done.add(name), value);
  const supergraph = new LocalSupergraph({
    one: {
      typeDefs: 'type Query { one: Int other: Int } type Mutation { first: String! third: String }',
      resolvers: {
        Query: { one: () => 1, other: () => 2 },
        Mutation: { first: mutation('first', null), third: mutation('third', 'x') },
      },
    },
    two: {
      typeDefs: 'type Query { two: Int } type Mutation { second: String }',
      resolvers: { Mutation: { second: mutation('second', 'y') } },
    },
  });
  return { supergraph, done };
};

test.each(['first @skip(if: $x) third second', '... @skip(if: $x) { first third } third second'])(
  'a non-null mutation that is left out of { %s } does not end the operation',
  async (selected) => {
    const { supergraph, done } = notes();
    const query = `mutation ($x: Boolean!) { ${selected} }`;
    expect(await supergraph.run(query, { x: true })).toEqual({ data: { third: 'x', second: 'y' } });
    expect(done).toEqual(new Set(['third', 'second']));
    done.clear();
    expect((await supergraph.run(query, { x: false })).data).toBeNull();
    expect(done).not.toContain('second');
  },
);

test('a failed fetch has no error for fields that @skip and @include leave out', async () => {
  const { supergraph } = notes();
  supergraph.respond = () => Promise.reject(new Error('away'));
  const query = 'query ($x: Boolean!) { one @skip(if: $x) other }';
  const { data, errors } = await supergraph.run(query, { x: true });
  expect([data, errors]).toEqual([{ other: null }, [{ message: 'away', path: ['other'] }]]);
});

test('a failed fetch has errors for its fields in fragments', async () => {
  const { supergraph } = notes();
  supergraph.respond = () => Promise.reject(new Error('away'));
  const query = `query ($x: Boolean!) { ...F @skip(if: $x) ...F @include(if: $x) }
    fragment F on Query { one other ... on Query { more: one @skip(if: $x) } }`;
  expect(supergraph.plan(query).node).toMatchObject({ operation: expect.stringContaining('...F') });
  const { data, errors } = await supergraph.run(query, { x: true });
  expect(data).toEqual({ one: null, other: null });
  expect(errors!.map(({ path }) => path)).toEqual([['one'], ['other']]);
});
