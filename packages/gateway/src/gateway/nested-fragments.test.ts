import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ServedSupergraph } from './testing/served-supergraph.js';

const TOKENS = [
  { __typename: 'Coin', id: 'c1', name: 'Penny', metal: 'copper' },
  { __typename: 'Note', id: 'n1', name: 'Fiver', color: 'green' },
];

/** Two interfaces and a union over the same types. Grades, and one more type with a name, are in another subgraph. */
const wallet = {
  tokens: {
    typeDefs: `
      type Query { named: [Named!]! token: Token note: Note! things: [Thing] }
      interface Named { name: String! }
      interface Token implements Named { id: ID! name: String! }
      union Thing = Coin | Note | Receipt
      type Coin implements Named & Token @key(fields: "id") { id: ID! name: String! metal: String }
      type Note implements Named & Token @key(fields: "id") { id: ID! name: String! color: String }
      type Receipt implements Named { name: String! total: Int }`,
    resolvers: {
      Query: {
        named: () => TOKENS,
        token: () => TOKENS[1],
        note: () => TOKENS[1],
        things: () => [TOKENS[0], { __typename: 'Receipt', name: 'Lunch', total: 12 }, null, TOKENS[1]],
      },
    },
  },
  grades: {
    typeDefs: `
      type Query { badge: Named }
      interface Named { name: String! }
      type Badge implements Named { name: String! rank: Int }
      interface Graded { grade: Int }
      type Coin implements Graded @key(fields: "id") { id: ID! grade: Int }
      type Note implements Graded @key(fields: "id") { id: ID! grade: Int }`,
    resolvers: {
      Query: { badge: () => ({ __typename: 'Badge', name: 'Sheriff', rank: 1 }) },
      Coin: { grade: () => 1 },
      Note: { grade: () => 2 },
    },
  },
};

let supergraph: ServedSupergraph;
beforeAll(async () => {
  supergraph = await ServedSupergraph.start(wallet);
});
afterAll(() => supergraph?.stop());

const COIN = { name: 'Penny', metal: 'copper' };
const NOTE = { name: 'Fiver', color: 'green' };

describe('fragments in fragments', () => {
  test.each([
    [
      'an interface',
      '{ named { ...F } } fragment F on Named { name ... on Coin { metal } ... on Note { color } }',
      { named: [COIN, NOTE] },
    ],
    [
      'interfaces of interfaces',
      `{ named { ...F } } fragment F on Named { ... on Token { ...G } }
       fragment G on Token { ... on Named { name ... on Coin { metal } } ... on Note { color } }`,
      { named: [COIN, NOTE] },
    ],
    [
      'an interface of another subgraph',
      `{ named { ...F } } fragment F on Named { name ... on Graded { grade ... on Coin { metal } ...G } }
       fragment G on Graded { ... on Note { color } }`,
      {
        named: [
          { name: 'Penny', grade: 1, metal: 'copper' },
          { name: 'Fiver', grade: 2, color: 'green' },
        ],
      },
    ],
    [
      'one object',
      '{ token { ...F } } fragment F on Named { ... on Token { ... on Note { color ... on Graded { grade } } } name }',
      { token: { color: 'green', grade: 2, name: 'Fiver' } },
    ],
    [
      'a union',
      `{ things { ...F } } fragment F on Thing { ... on Named { name ... on Token { id ...G } } ... on Receipt { total } }
       fragment G on Named { ... on Coin { metal } }`,
      {
        things: [
          { name: 'Penny', id: 'c1', metal: 'copper' },
          { name: 'Lunch', total: 12 },
          null,
          { name: 'Fiver', id: 'n1' },
        ],
      },
    ],
    [
      'a type that the object does not have',
      '{ token { ... on Named { ... on Coin { metal ... on Graded { grade } } ... on Token { id } } } }',
      { token: { id: 'n1' } },
    ],
    [
      'an interface with other types in each subgraph',
      `{ badge { ...F } named { ...F } } fragment F on Named { name ... on Badge { rank ...G } ... on Note { ...G } }
       fragment G on Named { ... on Badge { r: rank } ... on Note { color } }`,
      { badge: { name: 'Sheriff', rank: 1, r: 1 }, named: [{ name: 'Penny' }, NOTE] },
    ],
    [
      'an object whose interface has other types elsewhere',
      `{ note { ...F } } fragment F on Named { name ... on Note { color ...G } }
       fragment G on Named { ... on Note { c: color ... on Graded { grade } } }`,
      { note: { name: 'Fiver', color: 'green', c: 'green', grade: 2 } },
    ],
    [
      'fields under the names of keys',
      '{ named { ...F } } fragment F on Named { ... on Coin { id: metal } ... on Note { id: color grade } }',
      { named: [{ id: 'copper' }, { id: 'green', grade: 2 }] },
    ],
  ])('on %s are complete', async (_, query, data) => {
    expect(JSON.stringify(await supergraph.ask(query))).toBe(JSON.stringify({ data }));
  });
});
