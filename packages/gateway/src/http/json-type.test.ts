import { ApolloServer, HeaderMap } from '@apollo/server';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jsonTypeFor } from './json-type.js';

const server = new ApolloServer({ typeDefs: 'type Query { a: Int }', stopOnTerminationSignals: false });
beforeAll(() => server.start());
afterAll(() => server.stop());

test.each([
  '',
  '*/*',
  'application/json',
  'application/json;q=0.1, application/graphql-response+json',
  'application/graphql-response+json, application/json;q=0.9',
  'application/json, application/graphql-response+json',
  'application/graphql-response+json;q=0.5, */*',
  'application/json; callbackSpec=1.0',
  'application/*;q=0.5',
  'text/html, */*;q=0.1',
  'text/event-stream, application/json;q=0.001',
  'text/html',
  'application/json;q=0',
  'none of them',
])('the type of a response is that of Apollo Server for %j', async (accept) => {
  const headers = new HeaderMap([
    ['content-type', 'application/json'],
    ...(accept ? [['accept', accept] as const] : []),
  ]);
  const response = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', search: '', headers, body: { query: '{ a }' } },
    context: async () => ({}),
  });
  const type = response.status === 406 ? null : response.headers.get('content-type');
  expect(jsonTypeFor(accept)).toBe(type);
  expect(jsonTypeFor(accept)).toBe(type);
});
