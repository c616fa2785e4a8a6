import type { ApolloServer, GraphQLRequest } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpTransports } from './http-transports.js';
import type { RequestContext } from '../request/request-context.js';
import { httpGraphQLRequest, removeEmpty } from './http-request.js';
import { send } from './http-response.js';

const ANY_JSON = new Set([undefined, '*/*', 'application/json']);

/**
 * Serves Apollo Server from a Fastify route. Well-formed JSON requests with a JSON response, nearly all of them, go
 * straight to execution. Clients that accept a stream go to the subscription transports. Apollo Server handles the
 * rest: GET, content negotiation, CSRF prevention and malformed requests.
 */
export function httpHandler(
  server: ApolloServer<RequestContext>,
  context: (request: FastifyRequest) => Promise<RequestContext>,
  transports: HttpTransports,
) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (isRecord(request.body)) removeEmpty(request.body);
    if (isPlain(request)) {
      const contextPromise = context(request);
      const contextValue = await contextPromise.catch(() => null);
      if (contextValue) return execute(server, request.body as GraphQLRequest, contextValue, reply);
      return byApollo(request, reply, () => contextPromise);
    }
    const accepted = transports.accepted(request);
    if (accepted) return transports.serve(accepted, request, reply);
    return byApollo(request, reply, () => context(request));
  };

  async function byApollo(
    request: FastifyRequest,
    reply: FastifyReply,
    createContext: () => Promise<RequestContext>,
  ) {
    const httpRequest = httpGraphQLRequest(request);
    return send(
      reply,
      await server.executeHTTPGraphQLRequest({ httpGraphQLRequest: httpRequest, context: createContext }),
    );
  }
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
 * Whether a request can skip content negotiation and Apollo Server's checks of its form. CSRF prevention is not
 * needed either: Fastify parses JSON bodies only, and a page cannot send JSON without a preflight.
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
