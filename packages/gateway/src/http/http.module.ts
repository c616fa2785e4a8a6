import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { EdgeModule } from '../edge/edge.module.js';
import { Load } from '../edge/load.js';
import { RateLimit } from '../edge/rate-limit.js';
import { IdentityService } from '../identity/identity.js';
import { IdentityModule } from '../identity/identity.module.js';
import { OperationModule } from '../operation/operation.module.js';
import { OperationRules } from '../operation/operation-rules.js';
import type { RequestContext } from '../request/request-context.js';
import { OperationPipeline } from '../schema/operation-pipeline.js';
import { SchemaModule } from '../schema/schema.module.js';
import { Subgraphs } from '../subgraphs/subgraphs.js';
import { SubgraphsModule } from '../subgraphs/subgraphs.module.js';
import { Operations } from '../subscriptions/operations.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { Connections } from '../subscriptions/transports/connections.js';
import { SubscriptionLimit } from '../subscriptions/transports/subscription-limit.js';
import { GraphqlEndpoint } from './graphql-endpoint.js';
import { httpContext } from './http-context.js';
import { HttpPipeline } from './http-pipeline.js';
import { HttpTransports } from './http-transports.js';
import type { GatewayRoute } from './route.js';
import { Routes } from './routes.js';
import { UpstreamsCount } from './upstreams-count.js';

export const HTTP_SETTINGS = Symbol('HTTP settings');

export interface HttpSettings {
  /** The number of trusted proxies in front of the gateway. */
  readonly trustedHops: number;
  readonly production: boolean;
  readonly routes: readonly GatewayRoute[];
}

const HTTP_CONTEXT = Symbol('context of HTTP operations');

type HttpContext = (request: FastifyRequest) => Promise<RequestContext>;

/** GraphQL over HTTP, with subscriptions as server-sent events or multipart. */
@Module({
  imports: [EdgeModule, IdentityModule, OperationModule, SchemaModule, SubgraphsModule, SubscriptionsModule],
  providers: [
    {
      provide: HTTP_CONTEXT,
      inject: [IdentityService, RateLimit, HTTP_SETTINGS],
      useFactory: (
        identities: IdentityService,
        rateLimit: RateLimit,
        { trustedHops }: HttpSettings,
      ): HttpContext => httpContext(identities, rateLimit, trustedHops),
    },
    {
      provide: HttpPipeline,
      inject: [OperationPipeline],
      useFactory: (pipeline: OperationPipeline) => new HttpPipeline(pipeline),
    },
    {
      provide: HttpTransports,
      inject: [HttpPipeline, HTTP_CONTEXT, Operations, Connections, SubscriptionLimit, RateLimit],
      useFactory: (
        pipeline: HttpPipeline,
        context: HttpContext,
        operations: Operations,
        connections: Connections,
        subscriptionLimit: SubscriptionLimit,
        rateLimit: RateLimit,
      ) =>
        new HttpTransports({
          pipeline,
          context,
          operations,
          connections,
          subscriptionLimit,
          placeOf: (request) => rateLimit.placeOf(request),
        }),
    },
    {
      provide: GraphqlEndpoint,
      inject: [HttpAdapterHost, HttpPipeline, HTTP_CONTEXT, HttpTransports, Load],
      useFactory: (
        host: HttpAdapterHost,
        pipeline: HttpPipeline,
        context: HttpContext,
        transports: HttpTransports,
        load: Load,
      ) => new GraphqlEndpoint(host, { pipeline, context, transports, load }),
    },
    {
      provide: Routes,
      inject: [
        HttpAdapterHost,
        HTTP_SETTINGS,
        OperationPipeline,
        HTTP_CONTEXT,
        OperationRules,
        Load,
        RateLimit,
        Subgraphs,
      ],
      useFactory: (
        host: HttpAdapterHost,
        { routes }: HttpSettings,
        pipeline: OperationPipeline,
        context: HttpContext,
        { formatError }: OperationRules,
        load: Load,
        rateLimit: RateLimit,
        subgraphs: Subgraphs,
      ) => new Routes(host, { routes, pipeline, context, formatError, load, rateLimit, subgraphs }),
    },
    {
      provide: UpstreamsCount,
      inject: [HttpAdapterHost, Operations, HTTP_SETTINGS],
      useFactory: (host: HttpAdapterHost, operations: Operations, { production }: HttpSettings) =>
        production ? null : new UpstreamsCount(host, operations),
    },
  ],
})
export class HttpModule {}
