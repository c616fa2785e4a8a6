import { expect, test } from '@jest/globals';
import { LocalSupergraph } from '../../testing/local-supergraph.js';

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
