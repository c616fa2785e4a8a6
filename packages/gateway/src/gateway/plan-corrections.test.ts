import { afterEach, describe, expect, test } from '@jest/globals';
import { ServedSupergraph, type SubgraphDefinition } from './testing/served-supergraph.js';

let supergraph: ServedSupergraph;
afterEach(() => supergraph?.stop());

async function serve(definitions: Readonly<Record<string, SubgraphDefinition>>): Promise<void> {
  supergraph = await ServedSupergraph.start(definitions);
}

describe('a gateway', () => {
  test('requires one field with different arguments', async () => {
    await serve({
      sizes: {
        typeDefs:
          'type Query { part: Part } type Part @key(fields: "id") { id: ID! size(unit: String!): Int }',
        resolvers: {
          Query: { part: () => ({ id: 'a' }) },
          Part: { size: (_: unknown, { unit }: { unit: string }) => (unit === 'ft' ? 30 : 10) },
        },
      },
      quotes: {
        typeDefs: `type Part @key(fields: "id") { id: ID! size(unit: String!): Int @external
          metric: String @requires(fields: "size(unit: \\"m\\")")
          imperial: String @requires(fields: "size(unit: \\"ft\\")") }`,
        resolvers: {
          Part: {
            metric: ({ size }: { size: number }) => `${size} m`,
            imperial: ({ size }: { size: number }) => `${size} ft`,
          },
        },
      },
    });
    for (const size of [10, 30]) {
      const unit = size === 10 ? 'm' : 'ft';
      const body = await supergraph.ask(`{ part { metric imperial size(unit: "${unit}") } }`);
      expect(body).toEqual({ data: { part: { metric: '10 m', imperial: '30 ft', size } } });
    }
    const body = await supergraph.ask('{ __type(name: "Part") { fields { name } } }');
    expect(JSON.stringify(body)).not.toContain('required');
  });

  test('rejects an operation with a field that no subgraph can resolve', async () => {
    await serve({
      houses: {
        typeDefs: 'type Query { sign: Sign } interface Sign @key(fields: "id") { id: ID! }',
        resolvers: {},
      },
      signs: {
        typeDefs: `type Query { signs: [Sign!] }
         type Sign @key(fields: "id", resolvable: false) @interfaceObject { id: ID! text: String }`,
        resolvers: { Query: { signs: () => [{ id: 's', text: 'Stop' }] } },
      },
    });
    const { status, body } = await supergraph.gateway.ask('{ signs { text } sign { text } }');
    expect([status, body]).toEqual([
      400,
      {
        errors: [
          {
            message: 'No subgraph can resolve Query.sign with these fields.',
            extensions: expect.objectContaining({ code: 'GRAPHQL_VALIDATION_FAILED' }),
          },
        ],
      },
    ]);
    expect(await supergraph.ask('{ signs { text } }')).toEqual({ data: { signs: [{ text: 'Stop' }] } });
  });

  test('rejects an operation that could be planned in too many ways', async () => {
    const types = ['Red', 'Green', 'Blue'].map(
      (each) => `type ${each} implements Link @key(fields: "id") { id: ID! next: Link @shareable }`,
    );
    const links = `interface Link { next: Link } ${types.join(' ')}`;
    await serve({
      one: { typeDefs: `type Query { first: Link } ${links}`, resolvers: {} },
      two: { typeDefs: links, resolvers: {} },
      three: { typeDefs: links, resolvers: {} },
    });
    const short = await supergraph.gateway.ask('{ first { next { __typename } } }');
    expect(short.body).toEqual({ data: { first: null } });
    const { status, body } = await supergraph.gateway.ask('{ first { next { next { __typename } } } }');
    expect([status, body]).toEqual([
      400,
      {
        errors: [
          {
            message: 'The document has 1001 ways to fetch one of its selections; at most 1000 are allowed.',
            extensions: {
              code: 'GRAPHQL_VALIDATION_FAILED',
              limit: 'plans',
              value: 1_001,
            },
          },
        ],
      },
    ]);
  });
});
