import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../request/request-context.js';
import type { HttpPipeline } from './http-pipeline.js';
import { httpGraphQLRequest, removeEmpty } from './http-request.js';
import { send } from './http-response.js';
import type { HttpTransports } from './http-transports.js';
import { isRecord } from './is-record.js';

/** Serves GraphQL from a Fastify route. Clients that accept a stream go to the subscription transports. */
export function httpHandler(
  pipeline: HttpPipeline,
  context: (request: FastifyRequest) => Promise<RequestContext>,
  transports: HttpTransports,
) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (isRecord(request.body)) removeEmpty(request.body);
    const accepted = transports.accepted(request);
    if (accepted) return transports.serve(accepted, request, reply);
    return send(reply, await pipeline.run(httpGraphQLRequest(request), () => context(request)));
  };
}
