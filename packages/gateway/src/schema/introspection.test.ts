import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { executeSync, getIntrospectionQuery, parse, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { openSubgraphs } from '../operation/authorization/testing/open-subgraphs.js';
import type { RequestContext } from '../request/request-context.js';
import { SupergraphGateway } from './supergraph-gateway.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;

const { requests, dataSources, supergraphSdl } = openSubgraphs({
  people: {
    typeDefs: `
      type Query { me: Person must: Int! secret: Int @inaccessible }
      type Person @key(fields: "number") { number: Int! @inaccessible name: String }`,
    resolvers: { Query: { me: () => ({ number: 1, name: 'Ada' }), must: () => null } },
  },
  ages: {
    typeDefs: `
      type Person @key(fields: "number") { number: Int! @inaccessible age: Int }`,
    resolvers: { Person: { __resolveReference: ({ number }: { number: number }) => ({ age: 35 + number }) } },
  },
});

let schema: GraphQLSchema;
let server: ApolloServer<RequestContext>;

beforeAll(async () => {
  const gateway = new SupergraphGateway({
    supergraphSdl,
    dataSourceOf: (name) => dataSources[name]!,
    logger: quiet,
  });
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => void (schema = apiSchema));
  server = new ApolloServer({ gateway, logger: quiet, introspection: true, stopOnTerminationSignals: false });
  await server.start();
});
afterAll(() => server.stop());

async function run(query: string, variables = {}, operationName?: string) {
  requests.length = 0;
  const { body } = await server.executeOperation(
    { query, variables, ...(operationName && { operationName }) },
    { contextValue: { identity: ANONYMOUS, requestId: 'r' } },
  );
  if (body.kind !== 'single') throw new Error('one result was expected');
  return JSON.parse(JSON.stringify(body.singleResult)) as {
    data?: Record<string, unknown>;
    errors?: object[];
  };
}

describe('introspection', () => {
  const everything = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };

  test('returns the same as graphql-js, without a request to a subgraph', async () => {
    const query = getIntrospectionQuery(everything);
    const expected = executeSync({ schema, document: parse(query) });
    expect(await run(query)).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(expected.errors).toBeUndefined();
    expect(requests).toEqual([]);
  });

  test('can be combined with data, in the order of the operation', async () => {
    const { data, errors } = await run(
      `query ($name: String!, $yes: Boolean!) {
        type: __type(name: $name) { ...Type }
        ...Root @include(if: $yes)
        kind: __typename
      }
      fragment Root on Query { me { name age } ... { __schema { queryType { ...Type } } } }
      fragment Type on __Type { name isOneOf }`,
      { name: 'Person', yes: true },
    );
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toBe(
      JSON.stringify({
        type: { name: 'Person', isOneOf: null },
        me: { name: 'Ada', age: 36 },
        __schema: { queryType: { name: 'Query', isOneOf: null } },
        kind: 'Query',
      }),
    );
  });

  test('is skipped like any other field', async () => {
    const query =
      'query ($no: Boolean!) { __schema @include(if: $no) { queryType { isOneOf } } me { name } }';
    expect(await run(query, { no: false })).toEqual({ data: { me: { name: 'Ada' } } });
  });

  test('in another operation of the document has no effect', async () => {
    const document = `
      query Schema { __schema { queryType { ...Type } } }
      query Data { me { name } }
      fragment Type on __Type { isOneOf }`;
    expect(await run(document, {}, 'Data')).toEqual({ data: { me: { name: 'Ada' } } });
    expect(await run(document, {}, 'Schema')).toEqual({
      data: { __schema: { queryType: { isOneOf: null } } },
    });
  });

  test('is null as a whole when a non-null data field fails', async () => {
    const { data, errors } = await run('{ __schema { queryType { name } } must }');
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
  });
});

describe('an @inaccessible field', () => {
  test('can be a join key, but is not in the schema', async () => {
    expect(await run('{ me { age } }')).toEqual({ data: { me: { age: 36 } } });
    expect(Object.keys(schema.getQueryType()!.getFields())).toEqual(['me', 'must']);
    const { data } = await run('{ __type(name: "Person") { fields { name } } }');
    expect(data).toEqual({ __type: { fields: [{ name: 'age' }, { name: 'name' }] } });
  });

  test.each(['{ secret }', '{ me { number } }'])('cannot be queried: %s', async (query) => {
    const { errors } = await run(query);
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    expect(requests).toEqual([]);
  });
});
