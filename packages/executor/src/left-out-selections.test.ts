import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from './testing/local-supergraph.js';

const products = () =>
  new LocalSupergraph({
    catalog: {
      typeDefs: `
        type Query { product: Product }
        type Product @key(fields: "id") { id: ID! weight: Int maker: Maker }
        type Maker { name: String city: String }`,
      resolvers: {
        Query: { product: () => ({ id: 'p', weight: 4, maker: { name: 'M', city: 'Oslo' } }) },
        Product: { __resolveReference: ({ id }: { id: string }) => ({ id, weight: 4 }) },
      },
    },
    shipping: {
      typeDefs: `
        type Product @key(fields: "id") {
          id: ID!
          weight: Int @external
          cost(express: Boolean): Int @requires(fields: "weight")
          stock: Int
          box: Box
        }
        type Query { parcel: Product }
        type Box { size: Int shape: String }`,
      resolvers: {
        Query: { parcel: () => ({ id: 'p' }) },
        Product: {
          __resolveReference: (reference: object) => reference,
          cost: ({ weight }: { weight: number }, { express }: { express?: boolean }) => {
            if (express) throw new Error('express delivery is not offered');
            return weight * 2;
          },
          stock: () => 7,
          box: () => ({ size: 3, shape: 'cube' }),
        },
      },
    },
  });

describe('what @skip and @include leave out', () => {
  test('may be missing beneath a field that is selected elsewhere without conditions', async () => {
    const query = `query ($all: Boolean!) {
      product { maker { name } }
      product @include(if: $all) { maker { city } }
    }`;
    const some = await products().run(query, { all: false });
    expect(some).toEqual({ data: { product: { maker: { name: 'M' } } } });
    const all = await products().run(query, { all: true });
    expect(all).toEqual({ data: { product: { maker: { name: 'M', city: 'Oslo' } } } });
  });

  test('may be missing in representations whose other fields do not require it', async () => {
    const query = `query ($all: Boolean!) {
      product { stock ...Cost @include(if: $all) }
    }
    fragment Cost on Product { cost }`;
    const some = await products().run(query, { all: false });
    expect(some).toEqual({ data: { product: { stock: 7 } } });
    const all = await products().run(query, { all: true });
    expect(all).toEqual({ data: { product: { stock: 7, cost: 8 } } });
  });

  test('is not computed from a required value that could not be fetched', async () => {
    const supergraph = products();
    supergraph.respond = async ({ subgraph }, result) => {
      if (subgraph !== 'catalog') return result();
      const response = (await result()) as { data: { product: Record<string, unknown> } };
      delete response.data.product['weight'];
      return response;
    };
    const query = `query ($all: Boolean!) {
      product { stock ...Cost @include(if: $all) }
    }
    fragment Cost on Product { cost }`;
    await supergraph.run(query, { all: true });
    for (const { variables } of supergraph.requests)
      expect(variables['representations']).not.toEqual([{ __typename: 'Product', id: 'p' }]);
  });

  test.each([
    'cost @include(if: $all) ...Stock',
    '... @include(if: $all) { cost } ...Stock',
    'cost @include(if: $all) stock @skip(if: $all) ...Stock',
  ])('may be missing in representations beside fields that do not require it: %s', async (selected) => {
    const query = `query ($all: Boolean = false) { product { ${selected} } } fragment Stock on Product { stock }`;
    const supergraph = products();
    expect(await supergraph.run(query)).toEqual({ data: { product: { stock: 7 } } });
    expect(supergraph.requests[1]!.variables['representations']).toEqual([
      { __typename: 'Product', id: 'p' },
    ]);
    const all = await supergraph.run(query, { all: true });
    expect(all.data).toEqual({ product: { cost: 8, stock: 7 } });
  });

  test('is sent if another field requires it', async () => {
    const query = 'query ($all: Boolean!) { product { cost @include(if: $all) again: cost stock } }';
    const { data } = await products().run(query, { all: false });
    expect(data).toEqual({ product: { again: 8, stock: 7 } });
  });
});

test('an error of what @include leaves out is not reported', async () => {
  const query = `query ($all: Boolean!) {
    weight: parcel { cost ... on Product @include(if: $all) { express: cost(express: true) } }
  }`;
  const supergraph = products();
  expect(await supergraph.run(query, { all: false })).toEqual({ data: { weight: { cost: 8 } } });
  // The planner loses the condition.
  expect(supergraph.requests.at(-1)!.query).toContain('{...on Product{cost express:cost(express:true)}}');
  const { data, errors } = await supergraph.run(query, { all: true });
  expect(data).toEqual({ weight: { cost: 8, express: null } });
  expect(errors!.map(({ path }) => path)).toEqual([['weight', 'express']]);
});

test('an error of a field of another type is reported if it nulls the whole object', async () => {
  const supergraph = new LocalSupergraph({
    store: {
      typeDefs: `
        type Query { items: [Item] }
        union Item = Bag | Box
        type Bag { child: Parcel }
        type Box { child: Parcel }
        type Parcel @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { items: () => [{ __typename: 'Bag', child: { id: 'p' } }] } },
    },
    sizes: {
      typeDefs: 'type Parcel @key(fields: "id") { id: ID! size: Int weight: Int! }',
      resolvers: {
        Parcel: {
          weight: () => {
            throw new Error('no scales');
          },
          size: () => 1,
        },
      },
    },
  });
  const query = '{ items { ... on Bag { child { size } } ... on Box { child { weight } } } }';
  const { data, errors } = await supergraph.run(query);
  expect(data).toEqual({ items: [{ child: { size: null } }] });
  expect(errors!.map(({ message }) => message)).toEqual(['no scales']);
});

test('an object of which nothing is selected is there', async () => {
  const query = 'query ($all: Boolean!) { product @include(if: $all) { maker { name @skip(if: true) } } }';
  expect(await products().run(query, { all: true })).toEqual({ data: { product: { maker: {} } } });
  expect(await products().run(query, { all: false })).toEqual({ data: {} });
});

test.each(['size @skip(if: $none)', '... @skip(if: $none) { size }', '...Size'])(
  'an object is there if conditions leave out all that is selected of it: %s',
  async (selected) => {
    const query = `query ($all: Boolean = true, $none: Boolean!) {
      product { box @include(if: $all) { shape @skip(if: $none) ${selected} } }
    }
    ${selected === '...Size' ? 'fragment Size on Box { size @skip(if: $none) }' : ''}`;
    const { data } = await products().run(query, { none: true });
    expect(data).toEqual({ product: { box: {} } });
  },
);
