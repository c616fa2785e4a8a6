import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { graphql, type GraphQLSchema } from 'graphql';

interface GraphQLRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** Responds to a GraphQL request by POST. Like many servers, it sends errors with status 200. */
export async function respond(
  schema: GraphQLSchema,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { query, variables, operationName } = (await json(request)) as GraphQLRequest;
  const result = await graphql({ schema, source: query, variableValues: variables, operationName });
  response
    .writeHead(200, { 'content-type': 'application/graphql-response+json' })
    .end(JSON.stringify(result));
}
