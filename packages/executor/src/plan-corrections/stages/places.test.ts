import { expect, test } from '@jest/globals';
import { LocalSupergraph } from '../../testing/local-supergraph.js';

test('objects of several types in one place have computed fields of their own', async () => {
  const child = (id: string) => ({ id });
  const supergraph = new LocalSupergraph({
    store: {
      typeDefs: `
        type Query { items: [Item!]! }
        union Item = Bag | Box
        type Bag { child: Parcel }
        type Box { child: Parcel }
        type Parcel @key(fields: "id") { id: ID! weight: Int }`,
      resolvers: {
        Query: {
          items: () => [
            { __typename: 'Bag', child: child('b1') },
            { __typename: 'Box', child: child('b22') },
          ],
        },
        Parcel: { weight: ({ id }: { id: string }) => id.length },
      },
    },
    classes: {
      typeDefs: `type Parcel @key(fields: "id") {
        id: ID! weight: Int @external class: String @requires(fields: "weight") }`,
      resolvers: { Parcel: { class: ({ weight }: { weight: number }) => `class ${weight}` } },
    },
    carriers: {
      typeDefs: `type Parcel @key(fields: "id") {
        id: ID! class: String @external
        price(currency: String!): String @requires(fields: "class") }`,
      resolvers: {
        Parcel: {
          price: (parcel: { class: string }, { currency }: { currency: string }) =>
            `${parcel.class} in ${currency}`,
        },
      },
    },
  });
  const query = `{ items {
    ... on Bag { child { it: price(currency: "EUR") } }
    ... on Box { child { it: price(currency: "USD") that: class } }
  } }`;
  expect(await supergraph.run(query)).toEqual({
    data: {
      items: [{ child: { it: 'class 2 in EUR' } }, { child: { it: 'class 3 in USD', that: 'class 3' } }],
    },
  });
  const priced = supergraph.requests.filter(({ subgraph }) => subgraph === 'carriers');
  expect(priced.map(({ variables }) => (variables['representations'] as object[]).length)).toEqual([1, 1]);
});

test('computed fields are found by a key that is not computed', async () => {
  const supergraph = new LocalSupergraph({
    store: {
      typeDefs: 'type Query { parcel: Parcel } type Parcel @key(fields: "id") { id: ID! weight: Int }',
      resolvers: { Query: { parcel: () => ({ id: 'p', weight: 1 }) } },
    },
    classes: {
      typeDefs: `type Parcel @key(fields: "id") {
        id: ID! weight: Int @external class: Int @requires(fields: "weight") }`,
      resolvers: { Parcel: { class: ({ weight }: { weight: number }) => weight + 1 } },
    },
    carriers: {
      typeDefs: `type Parcel @key(fields: "code") @key(fields: "id") {
        id: ID! class: Int @external
        code: ID @requires(fields: "class")
        price: Int @requires(fields: "class") }`,
      resolvers: {
        Parcel: {
          code: (parcel: { class: number }) => `code ${parcel.class}`,
          price: (parcel: { class: number }) => parcel.class * 10,
        },
      },
    },
  });
  expect(await supergraph.run('{ parcel { code price } }')).toEqual({
    data: { parcel: { code: 'code 2', price: 20 } },
  });
});
