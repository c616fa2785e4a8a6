import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

const WHEELS: Record<string, object | undefined> = {
  c1: { __typename: 'Car', id: 'c1', seats: 5 },
  v1: { __typename: 'Van', id: 'v1', load: 900 },
};

/** Rentals know vehicles, but not which vehicles are cars. */
const garage = () =>
  new LocalSupergraph({
    rentals: {
      typeDefs: `
        type Query { rented: [Vehicle!]! }
        type Vehicle @key(fields: "id") @interfaceObject { id: ID! rate: Int! next: Vehicle }`,
      resolvers: {
        Query: { rented: () => [{ id: 'c1' }, { id: 'v1' }] },
        Vehicle: { rate: ({ id }: { id: string }) => (id === 'c1' ? 30 : 40), next: () => ({ id: 'v1' }) },
      },
    },
    vehicles: {
      typeDefs: `
        interface Vehicle @key(fields: "id") { id: ID! }
        type Car implements Vehicle @key(fields: "id") { id: ID! seats: Int! }
        type Van implements Vehicle @key(fields: "id") { id: ID! load: Int! }`,
      resolvers: {
        Vehicle: { __resolveReference: ({ id }: { id: string }) => WHEELS[id] ?? null },
        Car: { __resolveReference: ({ id }: { id: string }) => WHEELS[id] ?? null },
        Van: { __resolveReference: ({ id }: { id: string }) => WHEELS[id] ?? null },
      },
    },
  });

describe('an interface object', () => {
  test('needs no type when the selection does not depend on it', async () => {
    const supergraph = garage();
    const { data, errors } = await supergraph.run('{ rented { id rate ... on Vehicle { next { rate } } } }');
    expect([data, errors]).toEqual([
      {
        rented: [
          { id: 'c1', rate: 30, next: { rate: 40 } },
          { id: 'v1', rate: 40, next: { rate: 40 } },
        ],
      },
      undefined,
    ]);
    expect(supergraph.requests.length).toBe(1);
  });

  test('gets its type from the subgraph of the interface', async () => {
    const { data, errors } = await garage().run(
      '{ rented { kind: __typename rate ... on Car { seats } ... on Van { load next { __typename } } } }',
    );
    expect([data, errors]).toEqual([
      {
        rented: [
          { kind: 'Car', rate: 30, seats: 5 },
          { kind: 'Van', rate: 40, load: 900, next: { __typename: 'Van' } },
        ],
      },
      undefined,
    ]);
  });
});

/** Reviews know media by their size, but not which media are books. */
const library = () =>
  new LocalSupergraph({
    shelves: {
      typeDefs: `
        type Query { media: [Media!]! }
        interface Media @key(fields: "id") { id: ID! size: Int isbn: ID }
        type Book implements Media @key(fields: "id") @key(fields: "isbn") { id: ID! size: Int isbn: ID }
        type Film implements Media @key(fields: "id") { id: ID! size: Int isbn: ID }`,
      resolvers: {
        Query: {
          media: () => [
            { __typename: 'Book', id: 'b', size: 7, isbn: 'i' },
            { __typename: 'Film', id: 'f', size: 9 },
          ],
        },
      },
    },
    reviews: {
      typeDefs: `
        type Media @key(fields: "id") @interfaceObject {
          id: ID!
          size: Int @external
          isbn: ID @external
          price: Int! @requires(fields: "size")
          title(prefix: String!): String @requires(fields: "isbn")
          loans: Int!
          rank: Int
        }`,
      resolvers: {
        Media: {
          price: ({ size }: { size?: number }) => {
            if (size === undefined) throw new Error('a price needs a size');
            return size * 10;
          },
          title: ({ isbn }: { isbn?: string }, { prefix }: { prefix: string }) => `${prefix} ${isbn}`,
          loans: ({ id }: { id: string }) => {
            if (id !== 'b') throw new Error('only books can be lent');
            return 3;
          },
          rank: ({ id }: { id: string }) => (id === 'b' ? 1 : 2),
        },
      },
    },
  });

describe('a field of an interface object', () => {
  test.each([
    ['... on Book { price } rank', [{ price: 70, rank: 1 }, { rank: 2 }]],
    ['... on Book { price } ... on Film { rank }', [{ price: 70 }, { rank: 2 }]],
    [
      '... on Book { price title(prefix: $p) } ... on Film { price rank }',
      [
        { price: 70, title: '< i' },
        { price: 90, rank: 2 },
      ],
    ],
    ['... on Book { title(prefix: $p) rank }', [{ title: '< i', rank: 1 }, {}]],
  ])('is not fetched for types for which it is not selected: %s', async (selection, media) => {
    const head = selection.includes('$p') ? 'query ($p: String!)' : '';
    const result = await library().run(`${head} { media { ${selection} } }`, { p: '<' });
    expect(result).toEqual({ data: { media } });
  });

  test('may fail for the types for which it is not selected', async () => {
    const { data, errors } = await library().run('{ media { ... on Book { loans } rank } }');
    expect([data, errors]).toEqual([{ media: [{ loans: 3, rank: 1 }, { rank: 2 }] }, undefined]);
  });

  test('is fetched together with others if all are selected for the same types', async () => {
    const supergraph = library();
    for (const query of ['{ media { price rank } }', '{ media { ... on Book { price rank } } }']) {
      await supergraph.run(query);
      expect(supergraph.requests.map(({ subgraph }) => subgraph)).toEqual(['shelves', 'reviews']);
    }
  });

  test('is not fetched if @include leaves it out', async () => {
    const supergraph = library();
    const query = 'query ($all: Boolean!) { media { ... on Book { price @include(if: $all) } rank } }';
    const some = await supergraph.run(query, { all: false });
    expect(some).toEqual({ data: { media: [{ rank: 1 }, { rank: 2 }] } });
    expect(supergraph.requests.length).toBe(2);
    const all = await supergraph.run(query, { all: true });
    expect(all).toEqual({ data: { media: [{ price: 70, rank: 1 }, { rank: 2 }] } });
  });
});
