import type { ErrorFormatter } from '@kit/service';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import { counted } from '../edge/counted.js';
import type { Load } from '../edge/load.js';
import type { RateLimit } from '../edge/rate-limit.js';
import { asGraphQLError, formatErrors } from '../operation/error-response.js';
import { RateLimited, SubgraphUnavailable } from '../request/gateway-errors.js';
import type { RequestContext } from '../request/request-context.js';
import type { OperationPipeline } from '../schema/operation-pipeline.js';
import type { Subgraphs } from '../subgraphs/subgraphs.js';
import { FORM_LIMIT, readForms } from './form-bodies.js';
import type { GatewayRoute, RouteGateway } from './route.js';
import { streamThrough } from './route-stream.js';
import { streamBodies } from './stream-bodies.js';

export interface RoutesOptions {
  readonly routes: readonly GatewayRoute[];
  readonly pipeline: OperationPipeline;
  readonly context: (request: FastifyRequest) => Promise<RequestContext>;
  readonly formatError: ErrorFormatter;
  readonly load: Load;
  readonly rateLimit: RateLimit;
  readonly subgraphs: Subgraphs;
}

/** Requests by these methods change nothing, as at `/graphql`. Clients prefetch and repeat them. */
const READ_ONLY: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** How the routes with each kind of body read it. Other routes, such as `/graphql`, go on to accept only JSON. */
const BODIES = { json: () => {}, form: readForms, stream: streamBodies };

/** Serves the HTTP addresses of the deployable. */
export class Routes implements OnApplicationBootstrap, RouteGateway {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: RoutesOptions,
  ) {}

  /** Not earlier: NestJS sets the error handler after the modules, and a scope takes over what is there. */
  async onApplicationBootstrap(): Promise<void> {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    for (const [kind, readBodies] of Object.entries(BODIES)) {
      await fastify.register(async (scope) => {
        readBodies(scope);
        for (const route of this.options.routes) if ((route.body ?? 'json') === kind) this.add(route, scope);
      });
    }
  }

  async execute(
    document: string,
    variables: Record<string, unknown>,
    request: FastifyRequest,
  ): Promise<FormattedExecutionResult> {
    const { pipeline, context, formatError } = this.options;
    let contextValue: RequestContext;
    try {
      contextValue = await context(request);
    } catch (error) {
      return { errors: formatErrors([asGraphQLError(error)], request.id, formatError).errors };
    }
    const mayOnlyRead = READ_ONLY.has(request.method);
    const { result } = await pipeline.run({ query: document, variables }, { ...contextValue, mayOnlyRead });
    return result;
  }

  async stream(
    subgraph: string,
    { path }: { readonly path: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { rateLimit, subgraphs } = this.options;
    try {
      await rateLimit.take(null, () => rateLimit.placeOf(request.raw));
      const target = subgraphs.get(subgraph)?.streams;
      if (!target) throw new SubgraphUnavailable(subgraph);
      return await streamThrough(target, path, request, reply);
    } catch (error) {
      return fail(error, reply);
    }
  }

  private add(route: GatewayRoute, scope: FastifyInstance): void {
    const { body, method, path: url, headers = {} } = route;
    scope.route({
      method,
      url,
      exposeHeadRoute: method === 'GET' && body !== 'stream',
      ...(body === 'form' && { bodyLimit: FORM_LIMIT }),
      onRequest: async (_request, reply) => void reply.headers(headers),
      handler: counted(this.options.load, (request, reply) => route.handle(request, reply, this)),
    });
  }
}

function fail(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof RateLimited) {
    void reply.code(429).header('retry-after', String(error.retryAfterSeconds));
  } else if (error instanceof SubgraphUnavailable) {
    void reply.code(503);
  } else throw error;
  return reply.send({ errors: [{ message: error.message, extensions: error.extensions }] });
}
