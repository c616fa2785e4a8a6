import { expect, test } from '@jest/globals';
import { LocalSupergraph } from '../testing/local-supergraph.js';

const TYPES = Array.from({ length: 12 }, (_, n) => `T${n}`);
const members = TYPES.map((name) => `type ${name} implements Node @shareable { id: ID! next: Node }`).join(
  ' ',
);
const node = 'type Query { node: Node @shareable } interface Node { id: ID! next: Node }';

/** Only the first subgraph has the type `Extra`. */
const nodes = () =>
  new LocalSupergraph({
    large: {
      typeDefs: `${node} ${members} type Extra implements Node { id: ID! next: Node more: Int }`,
      resolvers: {},
    },
    small: { typeDefs: `${node} ${members}`, resolvers: {} },
  });

const query = (depth: number) => {
  const nested = (level: number): string => (level === 0 ? 'id' : `next { id ${nested(level - 1)} }`);
  return `{ node { id ... on Extra { more ${nested(depth)} } } }`;
};

const sizeOf = (depth: number) => JSON.stringify(nodes().plan(query(depth))).length;

test('fields are not added for more combinations of types than a limit', () => {
  expect(JSON.stringify(nodes().plan(query(2)))).toContain('more');
  expect(sizeOf(6)).toBeLessThan(1_000);
});

test('fields are not added if their types do not agree within a subgraph', async () => {
  const supergraph = new LocalSupergraph({
    large: {
      typeDefs: `
        type Query { node: Node @shareable } interface Node { id: ID! }
        type Part implements Node @shareable { id: ID! }
        type Extra implements Node { id: ID! content: Content }
        union Content = Resin | Water
        type Resin { size: Int! @shareable } type Water { size: Int @shareable }`,
      resolvers: { Query: { node: () => ({ __typename: 'Extra', id: 'e' }) } },
    },
    small: {
      typeDefs: `
        type Query { node: Node @shareable } interface Node { id: ID! }
        type Part implements Node @shareable { id: ID! }
        type Resin { size: Int @shareable } type Water { size: Int @shareable }`,
      resolvers: { Query: { node: () => ({ __typename: 'Part', id: 'p' }) } },
    },
  });
  const result = await supergraph.run(
    '{ node { id ... on Extra { content { ... on Resin { size } ... on Water { size } } } } }',
  );
  expect(result).toEqual({ data: { node: { id: 'e', content: null } } });
});
