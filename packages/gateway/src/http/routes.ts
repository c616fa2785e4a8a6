import type { ErrorFormatter } from '@kit/service';
import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FormattedExecutionResult } from 'graphql';
import { counted } from '../edge/counted.js';
import type { Load } from '../edge/load.js';
import { asGraphQLError, formatErrors } from '../operation/error-response.js';
import type { RequestContext } from '../request/request-context.js';
import type { OperationPipeline } from '../schema/operation-pipeline.js';
import type { GatewayRoute, RouteGateway } from './route.js';

export interface RoutesOptions {
  readonly routes: readonly GatewayRoute[];
  readonly pipeline: OperationPipeline;
  readonly context: (request: FastifyRequest) => Promise<RequestContext>;
  readonly formatError: ErrorFormatter;
  readonly load: Load;
}

/** Requests by these methods change nothing, as at `/graphql`. Clients prefetch and repeat them. */
const READ_ONLY: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Serves the HTTP addresses of the deployable. */
export class Routes implements OnModuleInit, RouteGateway {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: RoutesOptions,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    const { routes, load } = this.options;
    for (const route of routes) {
      fastify.route({
        method: route.method,
        url: route.path,
        handler: counted(load, (request, reply) => route.handle(request, reply, this)),
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
}
