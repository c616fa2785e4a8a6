/** A subgraph with requirements on every kind of schema element. */
export const people = `
  type Query {
    me: Person
    people: [Person!]
    secret: String @requiresScopes(scopes: [["a", "b"]])
    own: Person! @authenticated
    things: [Thing]
    hits: [Hit]
    level: Level
  }
  type Mutation { rename: Person drop: Boolean @requiresScopes(scopes: [["a"]]) }
  type Person @key(fields: "id") {
    id: ID!
    name(short: Boolean): String
    email(short: Boolean): String @requiresScopes(scopes: [["mail"]])
    pin: Int! @requiresScopes(scopes: [["pin"], ["root", "system"]])
  }
  interface Thing { label: String }
  type Cat implements Thing { label: String }
  type Robot implements Thing { label: String @authenticated }
  type Spy @authenticated { name: String }
  union Hit = Cat | Spy
  enum Level @authenticated { HIGH }
  type Subscription {
    ticks(after: String, bookmarks: Boolean = false): Tick!
    secrets: Tick! @authenticated
  }
  type Tick { cursor: String! item: String hint: String @requiresScopes(scopes: [["a"]]) person: Person }`;
const orders = `
  type Person @key(fields: "id", resolvable: true) { id: ID! orders: [Order!] @authenticated count: Int! }
  type Order { id: ID! }
  type Query { shops: Int }`;

/** The number of executed mutations. */
export const mutations = { done: 0 };

const ada = { id: '1', name: 'Ada', email: 'ada@example.com', pin: 1234 };
/** Subgraphs that return all their data. */
export const subgraphs = {
  people: {
    typeDefs: people,
    resolvers: {
      Query: {
        me: () => ada,
        people: () => [ada, { ...ada, id: '2', name: 'Bob' }],
        secret: () => 'leaked',
        own: () => ada,
        things: () => [
          { __typename: 'Cat', label: 'cat' },
          { __typename: 'Robot', label: 'robot' },
        ],
        hits: () => [
          { __typename: 'Cat', label: 'cat' },
          { __typename: 'Spy', name: '007' },
        ],
        level: () => 'HIGH',
      },
      Mutation: { rename: () => ((mutations.done += 1), ada), drop: () => ((mutations.done += 1), true) },
    },
  },
  orders: {
    typeDefs: orders,
    resolvers: { Person: { __resolveReference: () => ({ orders: [{ id: 'o' }], count: 1 }) } },
  },
};
