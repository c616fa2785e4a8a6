import { Readable } from 'node:stream';
import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../request-context.js';

/** The headers that Apollo Server looks at: content negotiation, and what it prevents CSRF with. */
const HEADERS = ['content-type', 'accept', 'apollo-require-preflight', 'x-apollo-operation-name'];

/** Serves Apollo Server from a Fastify route, and hands it no more of a request than it reads. */
export function httpHandler(
  server: ApolloServer<RequestContext>,
  context: (request: FastifyRequest) => Promise<RequestContext>,
) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: httpGraphQLRequest(request),
      context: () => context(request),
    });
    reply.code(status ?? 200);
    for (const [name, value] of headers) reply.header(name, value);
    return body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator);
  };
}

function httpGraphQLRequest({ method, url, headers, body }: FastifyRequest): HTTPGraphQLRequest {
  const relevant = new HeaderMap();
  for (const name of HEADERS) {
    const value = headers[name];
    if (value) relevant.set(name, String(value));
  }
  const query = url.indexOf('?');
  return { method, headers: relevant, search: query < 0 ? '' : url.slice(query), body };
}
