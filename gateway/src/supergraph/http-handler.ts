import { Readable } from 'node:stream';
import type { ApolloServer, GraphQLRequest, HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpTransports } from '../subscriptions/transports/http-transports.js';
import type { RequestContext } from '../request-context.js';
import { httpGraphQLRequest, removeAbsent } from './http-request.js';

const ANY_JSON = new Set([undefined, '*/*', 'application/json']);

/**
 * Serves Apollo Server from a Fastify route. What nearly every client sends, a well-formed request as JSON that may
 * be answered as JSON, goes straight to execution. Who takes a stream is the live transports' to serve, and all else
 * (GET, negotiation, CSRF, faults) is Apollo's.
 */
export function httpHandler(
  server: ApolloServer<RequestContext>,
  context: (request: FastifyRequest) => Promise<RequestContext>,
  transports: HttpTransports,
) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (isRecord(request.body)) removeAbsent(request.body);
    if (isPlain(request)) {
      const making = context(request);
      const contextValue = await making.catch(() => null);
      if (contextValue) return execute(server, request.body as GraphQLRequest, contextValue, reply);
      return byApollo(request, reply, () => making);
    }
    const accepted = transports.accepted(request);
    if (accepted) return transports.serve(accepted, request, reply);
    return byApollo(request, reply, () => context(request));
  };

  async function byApollo(
    request: FastifyRequest,
    reply: FastifyReply,
    making: () => Promise<RequestContext>,
  ) {
    const asked = httpGraphQLRequest(request);
    return send(
      reply,
      await server.executeHTTPGraphQLRequest({ httpGraphQLRequest: asked, context: making }),
    );
  }
}

/** Sends what Apollo Server answers. */
export function send(reply: FastifyReply, { status, headers, body }: HTTPGraphQLResponse): FastifyReply {
  void reply.code(status ?? 200);
  for (const [name, value] of headers) reply.header(name, value);
  return reply.send(body.kind === 'complete' ? body.string : Readable.from(body.asyncIterator));
}

async function execute(
  server: ApolloServer<RequestContext>,
  { query, operationName, variables, extensions }: GraphQLRequest,
  contextValue: RequestContext,
  reply: FastifyReply,
): Promise<string> {
  const { body, http } = await server.executeOperation(
    {
      ...(query && { query }),
      ...(operationName && { operationName }),
      ...(variables && { variables }),
      ...(extensions && { extensions }),
    },
    { contextValue },
  );
  if (body.kind !== 'single') throw new Error('an incremental result cannot be sent as JSON');
  reply.code(http.status ?? 200);
  for (const [name, value] of http.headers) reply.header(name, value);
  reply.header('content-type', 'application/json; charset=utf-8');
  const { errors, data, extensions: more } = body.singleResult;
  return `${JSON.stringify({ errors, data, extensions: more })}\n`;
}

/**
 * Whether there is nothing to negotiate, and nothing that Apollo Server would find wrong with the form of it. A body
 * was sent as JSON, which no page can do without a preflight: no other is read.
 */
function isPlain({ method, headers, body }: FastifyRequest): boolean {
  if (method !== 'POST' || !ANY_JSON.has(headers.accept) || !isRecord(body)) return false;
  const { query, operationName, variables, extensions } = body;
  const isById = query == null && isRecord(extensions) && isRecord(extensions['persistedQuery']);
  return (
    (typeof query === 'string' || isById) &&
    (operationName === undefined || typeof operationName === 'string') &&
    (variables === undefined || isRecord(variables)) &&
    (extensions === undefined || isRecord(extensions))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
