import { composeServices } from '@apollo/composition';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires", "@interfaceObject"])`;

type Served = readonly [typeDefs: string, resolvers: object];

let running: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.toReversed()) await each.stop();
  running = [];
});

async function serve(definitions: Readonly<Record<string, Served>>): Promise<ServedGateway> {
  const services = [];
  for (const [name, [typeDefs, resolvers]] of Object.entries(definitions)) {
    const subgraph = await ServedSubgraph.start(`${LINK} ${typeDefs}`, resolvers);
    running.push(subgraph);
    services.push({ name, url: subgraph.url, typeDefs: parse(`${LINK} ${typeDefs}`) });
  }
  const { supergraphSdl } = composeServices(services);
  const gateway = await ServedGateway.start(supergraphSdl!, { subgraphs: (_, url) => ({ url }) });
  running.push(gateway);
  return gateway;
}

describe('a gateway', () => {
  test('requires one field with different arguments', async () => {
    const gateway = await serve({
      sizes: [
        'type Query { part: Part } type Part @key(fields: "id") { id: ID! size(unit: String!): Int }',
        {
          Query: { part: () => ({ id: 'a' }) },
          Part: { size: (_: unknown, { unit }: { unit: string }) => (unit === 'ft' ? 30 : 10) },
        },
      ],
      quotes: [
        `type Part @key(fields: "id") { id: ID! size(unit: String!): Int @external
          metric: String @requires(fields: "size(unit: \\"m\\")")
          imperial: String @requires(fields: "size(unit: \\"ft\\")") }`,
        {
          Part: {
            metric: ({ size }: { size: number }) => `${size} m`,
            imperial: ({ size }: { size: number }) => `${size} ft`,
          },
        },
      ],
    });
    for (const size of [10, 30]) {
      const unit = size === 10 ? 'm' : 'ft';
      const { body } = await gateway.ask(`{ part { metric imperial size(unit: "${unit}") } }`);
      expect(body).toEqual({ data: { part: { metric: '10 m', imperial: '30 ft', size } } });
    }
    const { body } = await gateway.ask('{ __type(name: "Part") { fields { name } } }');
    expect(JSON.stringify(body)).not.toContain('required');
  });

  test('rejects an operation with a field that no subgraph can resolve', async () => {
    const gateway = await serve({
      houses: ['type Query { sign: Sign } interface Sign @key(fields: "id") { id: ID! }', {}],
      signs: [
        `type Query { signs: [Sign!] }
         type Sign @key(fields: "id", resolvable: false) @interfaceObject { id: ID! text: String }`,
        { Query: { signs: () => [{ id: 's', text: 'Stop' }] } },
      ],
    });
    const { status, body } = await gateway.ask('{ signs { text } sign { text } }');
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
    expect((await gateway.ask('{ signs { text } }')).body).toEqual({ data: { signs: [{ text: 'Stop' }] } });
  });
});
