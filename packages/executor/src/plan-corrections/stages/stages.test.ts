import { describe, expect, test } from '@jest/globals';
import { LocalSupergraph } from '../../testing/local-supergraph.js';

interface Parcel {
  readonly id: string;
  readonly kind?: string;
  readonly weight?: number;
  readonly size?: number;
  readonly class?: string;
  readonly price?: string;
}

const KINDS: Readonly<Record<string, string>> = { p1: 'box', p2: 'tube' };

/**
 * The price of a parcel requires its class, which the orders compute from values of the store. Carriers find parcels by
 * their kinds, which only the orders know.
 */
const parcels = () =>
  new LocalSupergraph({
    orders: {
      typeDefs: `
        type Query { order: Order }
        type Mutation { send: Order }
        type Order @key(fields: "id") { id: ID! }
        type Parcel @key(fields: "id") @key(fields: "kind") {
          id: ID! @shareable
          kind: String! @shareable
          weight: Int @external
          size: Int @external
          class: String @requires(fields: "weight size") @inaccessible
        }`,
      resolvers: {
        Query: { order: () => ({ id: 'o' }) },
        Mutation: { send: () => ({ id: 'o' }) },
        Parcel: {
          __resolveReference: (parcel: Parcel) => ({ ...parcel, kind: parcel.kind ?? KINDS[parcel.id] }),
          class: ({ weight, size }: Parcel) => `class ${weight}/${size}`,
        },
      },
    },
    store: {
      typeDefs: `
        type Order @key(fields: "id") { id: ID! parcels: [[Parcel!]!]! items: [Priced] }
        interface Priced { price(currency: String! = "EUR"): String }
        type Letter implements Priced { price(currency: String! = "EUR"): String }
        type Parcel implements Priced @key(fields: "id") {
          id: ID! @shareable
          weight: Int
          size: Int
          price(currency: String! = "EUR"): String @external
        }`,
      resolvers: {
        Order: {
          parcels: () => [[{ id: 'p1' }], [{ id: 'p2' }]],
          items: () => [
            { __typename: 'Letter', price: 'free' },
            { __typename: 'Parcel', id: 'p2' },
          ],
        },
        Parcel: {
          weight: ({ id }: Parcel) => (id === 'p1' ? 5 : 6),
          size: ({ id }: Parcel) => (id === 'p1' ? 50 : 60),
        },
      },
    },
    carriers: {
      typeDefs: `
        interface Priced { price(currency: String! = "EUR"): String }
        type Parcel implements Priced @key(fields: "kind") {
          kind: String! @shareable
          class: String @external
          weight: Int @external
          price(currency: String! = "EUR"): String @requires(fields: "class weight")
          offer: Offer @requires(fields: "class")
        }
        type Offer { text: String! days: Int order: Order }
        type Order @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Parcel: {
          price: (parcel: Parcel, { currency }: { currency: string }) =>
            `${parcel.class}, ${parcel.weight} kg in ${currency}`,
          offer: (parcel: Parcel) => ({ text: `offer for ${parcel.class}`, days: 3, order: { id: 'o' } }),
        },
      },
    },
    insurance: {
      typeDefs: `
        type Parcel @key(fields: "id") {
          id: ID! @shareable
          price(currency: String! = "EUR"): String @external
          premium: String @requires(fields: "price(currency: \\"USD\\")")
        }`,
      resolvers: { Parcel: { premium: ({ price }: Parcel) => `premium of ${price}` } },
    },
  });

/** The response for the selection of each of two parcels. */
async function order(selection: string, variables: Record<string, unknown> = {}, operation = 'query') {
  const supergraph = parcels();
  const root = operation.startsWith('mutation') ? 'send' : 'order';
  const { data, errors } = await supergraph.run(`${operation} { ${root} { ${selection} } }`, variables);
  expect(errors).toBeUndefined();
  const requests = supergraph.requests.map(({ subgraph }) => subgraph);
  const { parcels: found, items } = data![root] as Record<string, unknown>;
  return { parcels: found, items, requests };
}

describe('a field that requires a computed field', () => {
  test('is fetched after what it requires', async () => {
    const plan = parcels().uncorrectedPlan('{ order { parcels { price } } }');
    expect(plan).toContain(
      '{ ... on Parcel { __typename id } } => { ... on Parcel { __typename kind id class }',
    );
    expect(await order('parcels { price }')).toEqual({
      parcels: [[{ price: 'class 5/50, 5 kg in EUR' }], [{ price: 'class 6/60, 6 kg in EUR' }]],
      requests: ['orders', 'store', 'orders', 'carriers'],
    });
  });

  test('has its own arguments, alias and conditions', async () => {
    const selection = `parcels {
      dollars: price(currency: $currency)
      ... @include(if: $all) { price offer @skip(if: $short) { days text } }
    }`;
    const head = 'query ($currency: String!, $all: Boolean = true, $short: Boolean!)';
    const dollars = ['class 5/50, 5 kg in USD', 'class 6/60, 6 kg in USD'];
    expect(await order(selection, { currency: 'USD', all: false, short: false }, head)).toEqual({
      parcels: dollars.map((each) => [{ dollars: each }]),
      requests: ['orders', 'store', 'orders', 'carriers'],
    });
    const { parcels: all } = await order(selection, { currency: 'USD', short: false }, head);
    expect(all).toEqual(
      dollars.map((each) => [
        {
          dollars: each,
          price: each.replace('USD', 'EUR'),
          offer: { days: 3, text: `offer for ${each.slice(0, 10)}` },
        },
      ]),
    );
  });

  test('is fetched for the object types of an interface', async () => {
    const { items } = await order('items { __typename price ... on Parcel { weight } }');
    expect(items).toEqual([
      { __typename: 'Letter', price: 'free' },
      { __typename: 'Parcel', price: 'class 6/60, 6 kg in EUR', weight: 6 },
    ]);
  });

  test('may be required by others', async () => {
    const { parcels: found } = await order('parcels { premium price }');
    expect(found).toEqual([
      [{ premium: 'premium of class 5/50, 5 kg in USD', price: 'class 5/50, 5 kg in EUR' }],
      [{ premium: 'premium of class 6/60, 6 kg in USD', price: 'class 6/60, 6 kg in EUR' }],
    ]);
  });

  test('is fetched after a mutation', async () => {
    const { parcels: found } = await order('parcels { price(currency: "USD") }', {}, 'mutation');
    expect(found).toEqual([[{ price: 'class 5/50, 5 kg in USD' }], [{ price: 'class 6/60, 6 kg in USD' }]]);
  });

  test('is planned by the planner if it has fields of other subgraphs', async () => {
    const selection = 'parcels { offer { order { id parcels { weight } } } }';
    expect(await order(selection)).toMatchObject({
      parcels: [[{ offer: { order: { id: 'o', parcels: [[{ weight: 5 }], [{ weight: 6 }]] } } }], [{}]],
    });
  });
});

test('if the planner fails, all fields that require others are fetched after the plan', async () => {
  const dog = { id: 'i', code: 'c', kind: 'k', rank: 'first', note: 1 };
  const dogs = new LocalSupergraph({
    shows: {
      typeDefs: `
        type Query { winner: Owner }
        interface Owner { dog: Dog }
        type Person implements Owner @key(fields: "id") { id: ID! dog: Dog @external }
        type Club implements Owner @key(fields: "id") { id: ID! dog: Dog @shareable }
        type Dog @key(fields: "kind rank") { kind: ID! @shareable rank: ID! @shareable note: Int @shareable }`,
      resolvers: { Query: { winner: () => ({ __typename: 'Person', id: 'p' }) } },
    },
    families: {
      typeDefs: `type Dog @key(fields: "code") {
        code: ID! @shareable rank: ID! @external parent: String @requires(fields: "rank") }`,
      resolvers: { Dog: { parent: ({ rank }: { rank: string }) => `parent of the ${rank}` } },
    },
    owners: {
      typeDefs: `
        interface Owner { dog: Dog }
        type Person implements Owner @key(fields: "id") { id: ID! dog: Dog }
        type Club implements Owner @key(fields: "id") { id: ID! dog: Dog @shareable }
        type Dog @key(fields: "id") @key(fields: "code") @key(fields: "kind rank") {
          id: ID! code: ID! @shareable kind: ID! @shareable rank: ID! @shareable note: Int @shareable }`,
      resolvers: { Person: { dog: () => dog }, Dog: { __resolveReference: () => dog } },
    },
  });
  const query = '{ winner { dog { note parent again: parent } } }';
  expect(() => dogs.uncorrectedPlan(query)).toThrow('create a cycle');
  expect(await dogs.run(query)).toEqual({
    data: { winner: { dog: { note: 1, parent: 'parent of the first', again: 'parent of the first' } } },
  });
});
