import { LocalSupergraph } from './local-supergraph.js';

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
export const parcels = (): LocalSupergraph =>
  new LocalSupergraph({
    orders: {
      typeDefs: `
        type Query { order: Order }
        type Mutation { send: Order }
        type Subscription { sent: Order }
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
        type Mutation { remove: Int }
        interface Priced { price(currency: String! = "EUR"): String }
        type Letter implements Priced { price(currency: String! = "EUR"): String }
        type Parcel implements Priced @key(fields: "id") {
          id: ID! @shareable
          weight: Int
          size: Int
          price(currency: String! = "EUR"): String @external
        }`,
      resolvers: {
        Mutation: { remove: () => 1 },
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
          deal: Deal @requires(fields: "class")
        }
        union Deal = Offer
        type Offer { text: String! days: Int order: Order }
        type Order @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Parcel: {
          price: (parcel: Parcel, { currency }: { currency: string }) =>
            `${parcel.class}, ${parcel.weight} kg in ${currency}`,
          deal: (parcel: Parcel) => ({ __typename: 'Offer', text: `deal for ${parcel.class}` }),
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
