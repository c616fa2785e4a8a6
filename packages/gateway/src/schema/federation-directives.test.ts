import { ApolloServer } from '@apollo/server';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { StartUpError } from '@kit/service';
import { pino } from 'pino';
import {
  openSubgraphs,
  supergraphSdlOf,
  type OpenSubgraph,
} from '../operation/authorization/testing/open-subgraphs.js';
import { systemClock } from '../request/clock.js';
import type { RequestContext } from '../request/request-context.js';
import { CircuitBreaker } from '../subgraphs/circuit-breaker.js';
import type { SubgraphClient } from '../subgraphs/subgraph-client.js';
import { SubgraphDataSource, type DataSource } from '../subgraphs/subgraph-data-source.js';
import { SubgraphGuard } from '../subgraphs/subgraph-guard.js';
import { SupergraphGateway } from './supergraph-gateway.js';

const logger = pino({ level: 'silent' });
let server: ApolloServer<RequestContext> | undefined;
afterEach(() => server?.stop());

/** Serves a supergraph of these subgraphs. */
async function serve(subgraphs: Record<string, OpenSubgraph>) {
  const { respond, supergraphSdl, requests } = openSubgraphs(subgraphs);
  const gateway = new SupergraphGateway({
    supergraphSdl,
    dataSourceOf: (name) => checkedSource(name, respond[name]!),
    logger,
  });
  server = new ApolloServer<RequestContext>({ gateway, logger, stopOnTerminationSignals: false });
  await server.start();
  requests.length = 0;
  const query = async (text: string) => {
    const contextValue = { identity: ANONYMOUS, requestId: 'r' };
    const { body } = await server!.executeOperation({ query: text }, { contextValue });
    return body.kind === 'single' ? JSON.parse(JSON.stringify(body.singleResult)) : null;
  };
  return { query, requests };
}

/** Checks the responses, as those of a subgraph over HTTP. */
function checkedSource(name: string, respond: (body: string) => Promise<unknown>): SubgraphDataSource {
  const post = async (request: string) => ({ status: 200, body: await respond(request) });
  const client = { post } as unknown as SubgraphClient;
  const guard = new SubgraphGuard(60_000, new CircuitBreaker(systemClock), systemClock);
  return new SubgraphDataSource(name, client, guard, 60_000, systemClock, logger);
}

const NONE: DataSource = { send: () => Promise.reject(new Error('not served')) };

/** Loads a supergraph without serving it. */
const load = (supergraphSdl: string) =>
  new SupergraphGateway({ supergraphSdl, dataSourceOf: () => NONE, logger }).load();

const resolveReference = (of: object) => ({
  __resolveReference: (reference: object) => ({ ...of, ...reference }),
});

describe('a supergraph is served with', () => {
  test('@inaccessible, which hides a field that other subgraphs need, and @tag', async () => {
    const { query } = await serve({
      a: {
        typeDefs: `type Query { item: Item @tag(name: "public"), hidden: Int @inaccessible }
          type Item @key(fields: "secret") { secret: ID! @inaccessible, kind: Kind }
          enum Kind { OPEN CLOSED @inaccessible }`,
        resolvers: { Query: { item: () => ({ secret: 's', kind: 'CLOSED' }) } },
      },
      b: {
        typeDefs:
          'type Item @key(fields: "secret") { secret: ID! @inaccessible, price: Int @tag(name: "public") }',
        resolvers: { Item: resolveReference({ price: 5 }) },
      },
    });
    expect((await query('{ item { price } }')).data).toEqual({ item: { price: 5 } });
    expect((await query('{ item { kind } }')).data).toEqual({ item: { kind: null } });
    for (const hidden of ['{ hidden }', '{ item { secret } }'])
      expect((await query(hidden)).errors).toMatchObject([
        { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ]);
  });

  test('interfaces and @interfaceObject', async () => {
    const { query } = await serve({
      a: {
        typeDefs: `type Query { media: [Media!] }
          interface Node { id: ID! }
          interface Media implements Node @key(fields: "id") { id: ID!, title: String }
          type Book implements Media & Node @key(fields: "id") { id: ID!, title: String, pages: Int }
          type Film implements Media & Node @key(fields: "id") { id: ID!, title: String, minutes: Int }`,
        resolvers: {
          Query: {
            media: () => [
              { __typename: 'Book', id: '1', title: 'A', pages: 10 },
              { __typename: 'Film', id: '2', title: 'B', minutes: 90 },
            ],
          },
          Media: {
            __resolveReference: ({ id }: { id: string }) => ({
              __typename: id === '1' ? 'Book' : 'Film',
              id,
            }),
          },
        },
      },
      b: {
        typeDefs: `type Query { top: Media, node: Node }
          interface Node { id: ID! }
          type Media implements Node @key(fields: "id") @interfaceObject { id: ID!, votes: Int }`,
        resolvers: {
          Query: { top: () => ({ id: '2', votes: 7 }), node: () => ({ __typename: 'Media', id: '1' }) },
          Media: resolveReference({ votes: 3 }),
        },
      },
    });
    const { data } = await query(
      '{ media { __typename title votes ... on Book { pages } } top { __typename id votes } node { id } }',
    );
    expect(data).toEqual({
      media: [
        { __typename: 'Book', title: 'A', votes: 3, pages: 10 },
        { __typename: 'Film', title: 'B', votes: 3 },
      ],
      top: { __typename: 'Film', id: '2', votes: 7 },
      node: { id: '1' },
    });
  });

  test('@shareable, @provides, @requires, @external and @override', async () => {
    const { query, requests } = await serve({
      a: {
        typeDefs: `type Query { parcel: Parcel }
          type Parcel @key(fields: "id") { id: ID!, size: Size @shareable, weight: Int @shareable, owner: String }
          type Size @shareable { width: Int, height: Int }`,
        resolvers: {
          Query: {
            parcel: () => ({ id: '1', size: { width: 2, height: 3 }, weight: 4, owner: 'old' }),
          },
          Parcel: resolveReference({ size: { width: 2, height: 3 }, weight: 4, owner: 'old' }),
        },
      },
      b: {
        typeDefs: `type Query { last: Parcel @provides(fields: "weight") }
          type Parcel @key(fields: "id") {
            id: ID!
            size: Size @shareable
            weight: Int @external
            owner: String @override(from: "a")
            postage: Int @requires(fields: "weight")
          }
          type Size @shareable { width: Int, height: Int }`,
        resolvers: {
          Query: { last: () => ({ id: '1', weight: 4 }) },
          Parcel: {
            ...resolveReference({ owner: 'new' }),
            postage: ({ weight }: { weight: number }) => weight * 2,
          },
        },
      },
    });
    const { data } = await query('{ parcel { id owner postage size { height } } }');
    expect(data).toEqual({ parcel: { id: '1', owner: 'new', postage: 8, size: { height: 3 } } });
    requests.length = 0;
    expect((await query('{ last { weight } }')).data).toEqual({ last: { weight: 4 } });
    expect(requests).toHaveLength(1);
  });

  test('custom scalars whose values are objects and lists', async () => {
    const value = { a: [1, { b: null }], c: 'x' };
    const { query } = await serve({
      a: {
        typeDefs:
          'scalar JSON type Query { one: JSON, many: [JSON!], item: Item } type Item @key(fields: "id") { id: ID! }',
        resolvers: { Query: { one: () => value, many: () => [value, [1]], item: () => ({ id: '1' }) } },
      },
      b: {
        typeDefs: 'scalar JSON type Item @key(fields: "id") { id: ID!, details: JSON! }',
        resolvers: { Item: resolveReference({ details: [value] }) },
      },
    });
    expect((await query('{ one many item { details } }')).data).toEqual({
      one: value,
      many: [value, [1]],
      item: { details: [value] },
    });
  });
});

describe('a supergraph is rejected, with the address of the specification, when it uses', () => {
  test.each([
    ['@policy', 'type Query { a: Int @policy(policies: [["p"]]) }', /policy\/v0\.1/],
    [
      '@context',
      `type Query { t: T! }
       type T @key(fields: "id") @context(name: "c") { id: ID!, name: String!, u: U! }
       type U @key(fields: "id") { id: ID!, f(n: String @fromContext(field: "$c { name }")): Int }`,
      /context\/v0\.1/,
    ],
  ])('%s', async (_, typeDefs, message) => {
    const rejected = load(supergraphSdlOf({ a: { typeDefs } }));
    await expect(rejected).rejects.toThrow(StartUpError);
    await expect(rejected).rejects.toThrow(message);
  });
});
