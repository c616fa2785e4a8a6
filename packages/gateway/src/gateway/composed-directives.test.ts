import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { print, type GraphQLResolveInfo } from 'graphql';
import { ServedSupergraph, type SubgraphDefinition } from './testing/served-supergraph.js';

/** Composition takes the definitions of the last subgraph. */
const directives = (byDefault: string) => `
  extend schema @link(url: "https://example.com/shout/v1.0", import: ["@shout", "@trace"])
    @composeDirective(name: "@shout") @composeDirective(name: "@trace")
  directive @shout(as: Loudness!${byDefault}, mark: String) on FIELD
  directive @trace on QUERY | MUTATION
  enum Loudness { LOUD LOUDER }`;

/** The directives with which a subgraph gets a field and its operation. */
function received(_: unknown, __: unknown, ___: unknown, info: GraphQLResolveInfo): string {
  const [node] = info.fieldNodes;
  const { l } = info.variableValues as { l?: string };
  const own = [...(info.operation.directives ?? []), ...(node?.directives ?? [])].map(print).join(' ');
  return l === undefined ? own : `${own} with ${l}`;
}

const changed = ({ id }: { id: string }, _: unknown, __: unknown, { fieldNodes }: GraphQLResolveInfo) =>
  fieldNodes.some(({ directives: given = [] }) => given.length > 0) ? id.toUpperCase() : id;

const subgraphs: Record<string, SubgraphDefinition> = {
  songs: {
    typeDefs: `${directives('')} type Query { song: Song title: String }
      type Song @key(fields: "id band { name }") { id: ID! band: Band title: String length(unit: String): Int }
      type Band { name: String! town: String }
      type Mutation { rename: Song retitle: String }`,
    resolvers: {
      Query: { song: () => song, title: received },
      Mutation: { rename: () => song, retitle: received },
      Song: { id: changed, title: received },
      Band: { town: received },
    },
  },
  words: {
    typeDefs: `${directives(' = LOUD')} type Query { line: String }
      type Song @key(fields: "id band { name }") { id: ID! band: Band of: String verse: String
        length(unit: String): Int @external pace: String @requires(fields: "length(unit: \\"s\\")") }
      type Band { name: String! }`,
    resolvers: {
      Query: { line: received },
      Song: { of: ({ id }: { id: string }) => id, verse: received, pace: received },
    },
  },
};
const song = { id: 'tune', band: { name: 'The Band' } };

let supergraph: ServedSupergraph;
beforeAll(async () => {
  supergraph = await ServedSupergraph.start(subgraphs);
});
afterAll(() => supergraph.stop());

describe('a directive that subgraphs compose', () => {
  test('reaches them with the default values of the composed definition', async () => {
    expect(await supergraph.ask('{ title @shout line @shout(mark: "!") }')).toEqual({
      data: { title: '@shout(as: LOUD)', line: '@shout(mark: "!", as: LOUD)' },
    });
  });

  test('reaches them with values of the operation', async () => {
    const query = `query ($l: Loudness! = LOUDER, $all: Boolean! = true) {
      ...Words song { ... @include(if: $all) { verse @shout(as: $l) } } }
      fragment Words on Query { title @shout(as: LOUDER) @include(if: $all) line @skip(if: $all) @shout }`;
    expect(await supergraph.ask(query)).toEqual({
      data: {
        title: '@shout(as: LOUDER) @include(if: $all)',
        song: { verse: '@shout(as: $l) with LOUDER' },
      },
    });
  });

  test('reaches all subgraphs of an operation', async () => {
    expect(await supergraph.ask('query @trace { title song { verse @shout } }')).toEqual({
      data: { title: '@trace', song: { verse: '@trace @shout(as: LOUD)' } },
    });
  });

  test('reaches them with a corrected plan', async () => {
    expect(await supergraph.ask('{ song { pace @shout } }')).toEqual({
      data: { song: { pace: '@shout(as: LOUD)' } },
    });
  });

  test('does not change the keys of entities', async () => {
    const query = '{ song { id @shout of band @shout { name } } song { band { town @shout } } }';
    expect(await supergraph.ask(query)).toEqual({
      data: { song: { id: 'TUNE', of: 'tune', band: { name: 'The Band', town: '@shout(as: LOUD)' } } },
    });
  });

  test('may be on one of several selections of a mutation', async () => {
    const query = `mutation @trace { rename { id } ... { retitle }
      rename @shout { title @shout verse } retitle @shout }`;
    expect(await supergraph.ask(query)).toEqual({
      data: {
        rename: { id: 'tune', title: '@trace @shout(as: LOUD)', verse: '@trace' },
        retitle: '@trace @shout(as: LOUD)',
      },
    });
  });

  test('is validated by its composed definition', async () => {
    const rejections = {
      '{ title @shout(as: SOFT) }': 'Value "SOFT" does not exist in "Loudness" enum.',
      '{ title @trace }': 'Directive "@trace" may not be used on FIELD.',
      '{ title @key(fields: "id") }': 'Unknown directive "@key".',
      '{ title @join__field }': 'Unknown directive "@join__field".',
    };
    for (const [query, message] of Object.entries(rejections)) {
      const { status, body } = await supergraph.gateway.ask(query);
      expect([status, body]).toEqual([400, { errors: [expect.objectContaining({ message })] }]);
    }
  });
});
