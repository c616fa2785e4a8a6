import { GRAPHQL_PATH } from '@kit/service';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { counted } from '../edge/counted.js';
import type { Load } from '../edge/load.js';
import type { RequestContext } from '../request/request-context.js';
import { httpHandler } from './http-handler.js';
import type { HttpPipeline } from './http-pipeline.js';
import type { HttpTransports } from './http-transports.js';

export const GRAPHQL_METHODS = ['GET', 'POST'] as const;

export interface GraphqlEndpointOptions {
  readonly pipeline: HttpPipeline;
  readonly context: (request: FastifyRequest) => Promise<RequestContext>;
  readonly transports: HttpTransports;
  readonly load: Load;
}

/**
 * Serves GraphQL over HTTP. NestJS's `ApolloGatewayDriver` creates the server and the gateway itself, so it cannot use
 * another gateway, and subscriptions could not reach the server.
 */
export class GraphqlEndpoint implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly options: GraphqlEndpointOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    const { pipeline, context, transports, load } = this.options;
    await pipeline.start();
    this.fastify.route({
      url: GRAPHQL_PATH,
      method: [...GRAPHQL_METHODS],
      handler: counted(load, httpHandler(pipeline, context, transports)),
    });
  }

  /** Closes the HTTP server first, so that pending requests are completed. */
  async onModuleDestroy(): Promise<void> {
    await this.fastify.close();
    await this.options.pipeline.stop();
  }

  private get fastify(): FastifyInstance {
    return this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
  }
}
