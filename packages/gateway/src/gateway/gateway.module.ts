import { ApolloServer } from '@apollo/server';
import { Module, type DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { errorFormatter, GRAPHQL_PATH, healthModule } from '@kit/service';

import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { SUBGRAPHS, type GatewayConfig } from './config.js';
import { requestIdOf } from '../request/error-request-ids.js';
import { securityHeaders } from '../edge/edge-hooks.js';
import type { Load } from '../edge/load.js';
import { RateLimit } from '../edge/rate-limit.js';
import { withoutFrameworkNames } from '../request/framework-names.js';
import { httpContext } from '../http/http-context.js';
import { createIdentity } from '../identity/create-identity.js';
import { addIdentityMetrics } from '../telemetry/identity-metrics.js';
import { withLimitDetails } from '../operation/limits/limit-exceeded.js';
import { LIMITS } from '../operation/limits/limits.js';
import { Lifecycle } from './lifecycle.js';
import { systemClock } from '../request/clock.js';
import { Connections } from '../subscriptions/transports/connections.js';
import { GraphqlWsTransport, type TransportOptions } from '../subscriptions/transports/graphql-ws.js';
import { SubscriptionLimit } from '../subscriptions/transports/subscription-limit.js';
import { HttpTransports } from '../http/http-transports.js';
import { addSubscriptionMetrics } from '../telemetry/metrics.js';
import { Operations } from '../subscriptions/operations.js';
import { SharedFrames } from '../subscriptions/transports/shared-frames.js';
import { upstreamsController } from '../http/upstreams.controller.js';
import type { Origins } from '../edge/origins.js';
import { readManifest } from '../operation/persisted-operations/manifest.js';
import { Safelist } from '../operation/persisted-operations/safelist.js';
import type { RequestContext } from '../request/request-context.js';
import { withoutHints } from '../request/schema-hints.js';
import { apolloOptions } from '../schema/apollo-options.js';
import { Subgraph } from '../subgraphs/subgraph.js';
import { SupergraphDriver, type SupergraphDriverOptions } from '../http/supergraph.driver.js';
import { SupergraphGateway } from '../schema/supergraph-gateway.js';
import { readSupergraph } from '../schema/supergraph-file.js';
import { SupergraphWatch } from '../schema/supergraph-watch.js';

/** Wires the gateway: one HTTP client and one upstream socket for each subgraph, one pipeline for all transports. */
@Module({})
export class GatewayModule {
  static with(
    config: GatewayConfig,
    load: Load,
    origins: Origins,
    metrics: Registry,
    logger: Logger,
  ): DynamicModule {
    const { keys, revoked, feed, identities } = createIdentity(config, logger);

    const timeouts = { requestMs: config.SUBGRAPH_TIMEOUT_MS, operationMs: config.OPERATION_TIMEOUT_MS };
    const subgraphs = SUBGRAPHS.map((name) => {
      const { origin, secret } = config.subgraphs[name];
      const options = { url: `${origin}${GRAPHQL_PATH}`, secret, readyUrl: `${origin}/health/ready` };
      return new Subgraph(name, options, timeouts, logger);
    });
    const supergraphSdl = readSupergraph(config.SUPERGRAPH_FILE);
    const gateway = new SupergraphGateway({
      supergraphSdl,
      dataSources: Object.fromEntries(subgraphs.map(({ name, dataSource }) => [name, dataSource])),
      logger,
    });
    const production = config.NODE_ENV === 'production';
    const format = withoutFrameworkNames(errorFormatter(logger, requestIdOf));
    const limits = { ...LIMITS, cost: config.COST_LIMIT };
    const formatError = withLimitDetails(production ? withoutHints(format) : format, limits);
    const manifest = config.PERSISTED_OPERATIONS_MANIFEST;
    const server = new ApolloServer<RequestContext>(
      apolloOptions({
        gateway,
        formatError,
        production,
        limits,
        safelist: manifest === undefined ? null : new Safelist(readManifest(manifest)),
        logger,
      }),
    );
    const upstreams = new Map(subgraphs.map(({ name, upstream }) => [name, upstream]));
    const operations = new Operations(
      server,
      gateway,
      upstreams,
      formatError,
      config.UPSTREAM_RETRY_MS,
      logger,
    );
    const anonymous = Math.ceil(config.LIVE_CONNECTIONS / 4);
    const connections = new Connections(
      {
        all: config.LIVE_CONNECTIONS,
        perViewer: config.LIVE_CONNECTIONS_PER_VIEWER,
        anonymous,
        anonymousPerAddress: Math.max(1, Math.floor(anonymous / 10)),
      },
      systemClock,
      revoked,
    );
    const subscriptionLimit = new SubscriptionLimit(config.LIVE_OPERATIONS_PER_VIEWER);
    const rateLimit = new RateLimit({
      operations: config.RATE_LIMIT_OPERATIONS,
      seconds: config.RATE_LIMIT_SECONDS,
      trustedHops: config.TRUSTED_PROXY_HOPS,
    });
    const webSockets: TransportOptions = {
      identities,
      rateLimit,
      subscriptionLimit,
      load,
      operations,
      connections,
      frames: new SharedFrames(),
      logger,
      initTimeoutMs: config.CONNECTION_INIT_TIMEOUT_MS,
      mostOperations: config.OPERATIONS_PER_CONNECTION,
      origins,
      headers: securityHeaders(production),
      trustedHops: config.TRUSTED_PROXY_HOPS,
      drainWindowMs: config.DRAIN_TIMEOUT_MS / 2,
    };
    const context = httpContext(identities, rateLimit, config.TRUSTED_PROXY_HOPS);
    const supergraphWatch = new SupergraphWatch({
      file: config.SUPERGRAPH_FILE,
      pollMs: config.SUPERGRAPH_POLL_MS,
      serving: supergraphSdl,
      load: async (sdl) => {
        await gateway.reload(sdl);
        void operations.rooms.renew(gateway.version);
      },
      logger,
    });

    addSubscriptionMetrics(metrics, operations.figures, {
      connections,
      rooms: operations.rooms,
      upstreams: () => operations.upstreams,
    });
    addIdentityMetrics(metrics, revoked, feed);

    return {
      module: GatewayModule,
      imports: [
        GraphQLModule.forRoot<SupergraphDriverOptions>({
          driver: SupergraphDriver,
          path: GRAPHQL_PATH,
          server,
          context,
          load,
          transports: new HttpTransports({
            server,
            context,
            operations,
            connections,
            subscriptionLimit,
            placeOf: (request) => rateLimit.placeOf(request),
          }),
        }),
        healthModule({
          useFactory: () => ({
            checks: {
              keys: async () =>
                keys.isLoaded || Promise.reject(new Error('the public keys have not been fetched yet')),
              revocations: async () =>
                feed.isLoaded || Promise.reject(new Error('the revoked sessions have not been fetched yet')),
              ...Object.fromEntries(
                subgraphs
                  .filter(({ hasReadyCheck }) => hasReadyCheck)
                  .map((subgraph) => [subgraph.name, () => subgraph.checkReady()]),
              ),
            },
          }),
        }),
      ],
      controllers: production ? [] : [upstreamsController(operations)],
      providers: [
        {
          provide: Lifecycle,
          useFactory: () => new Lifecycle(keys, feed, subgraphs, operations.rooms, supergraphWatch, load),
        },
        {
          provide: GraphqlWsTransport,
          inject: [HttpAdapterHost],
          useFactory: (host: HttpAdapterHost) => new GraphqlWsTransport(host, webSockets),
        },
      ],
    };
  }
}
