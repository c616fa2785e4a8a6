import { expect, test } from '@jest/globals';
import type { GraphQLFormattedError } from 'graphql';
import { LocalSupergraph } from './testing/local-supergraph.js';

const people = (count: number, errors: readonly GraphQLFormattedError[]) => {
  const ids = Array.from({ length: count }, (_, n) => ({ id: `p${n}` }));
  const supergraph = new LocalSupergraph({
    ids: {
      typeDefs: 'type Query { people: [Person] } type Person @key(fields: "id") { id: ID! }',
      resolvers: { Query: { people: () => ids } },
    },
    names: { typeDefs: 'type Person @key(fields: "id") { id: ID! name: String }', resolvers: {} },
  });
  supergraph.respond = async ({ subgraph }, result) =>
    subgraph === 'names' ? { data: { _entities: ids.map(() => ({ name: null })) }, errors } : result();
  return supergraph;
};

test.each([[['_entities', 5]], [['_entities', -1, 'name']], [['_entities', 'name']], [['names', 0]]])(
  'an error at the path %j, where no entity stands, has no path',
  async (path) => {
    const { errors } = await people(2, [{ message: 'no', path }]).run('{ people { name } }');
    expect(errors).toEqual([{ message: 'no' }]);
  },
);
