import { expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

test('the same arguments in another order select the same field', async () => {
  const supergraph = new LocalSupergraph({
    store: {
      typeDefs: `
        type Query { child(a: Int, in: In): Child }
        input In { b: Int c: Int }
        type Child { x: Int y: Int }`,
      resolvers: { Query: { child: () => ({ x: 1, y: 2 }) } },
    },
  });
  const query = '{ child(a: 1, in: { b: 1, c: 2 }) { x } child(in: { c: 2, b: 1 }, a: 1) { y } }';
  expect(await supergraph.run(query)).toEqual({ data: { child: { x: 1, y: 2 } } });
});

test('fragments on different types may select different fields under one key', async () => {
  const supergraph = new LocalSupergraph({
    store: {
      typeDefs: `
        type Query { items: [Item!]! }
        union Item = Bag | Box
        type Bag { child: Parcel }
        type Box { child: Parcel }
        type Parcel @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          items: () => [
            { __typename: 'Bag', child: { id: 'a' } },
            { __typename: 'Box', child: { id: 'b' } },
          ],
        },
      },
    },
    prices: {
      typeDefs:
        'type Parcel @key(fields: "id") { id: ID! price(currency: String!): String name: String text: String }',
      resolvers: {
        Parcel: {
          price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
          text: ({ id }: { id: string }) => `text of ${id}`,
          name: ({ id }: { id: string }) => {
            if (id === 'b') throw new Error('no name');
            return `name of ${id}`;
          },
        },
      },
    },
  });
  const pairs = [
    ['it: price(currency: "EUR")', 'it: price(currency: "USD")', 'a in EUR', 'b in USD'],
    ['it: name', 'it: text', 'name of a', 'text of b'],
  ];
  for (const [inBag, inBox, ...expected] of pairs) {
    const query = `{ items { ... on Bag { child { ${inBag} } } ...Box } } fragment Box on Box { child { ${inBox} } }`;
    const { data } = await supergraph.run(query);
    expect(data).toEqual({ items: expected.map((it) => ({ child: { it } })) });
  }
  const { errors } = await supergraph.run(
    '{ items { ... on Box { child { it: name } } ... on Bag { child { it: text } } } }',
  );
  expect(errors!.map(({ path }) => path)).toEqual([['items', 1, 'child', 'it']]);
});
