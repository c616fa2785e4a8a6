import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LOGGER, METRICS } from '@kit/service';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { EdgeModule } from '../edge/edge.module.js';
import { Load } from '../edge/load.js';
import { Origins } from '../edge/origins.js';
import { RateLimit } from '../edge/rate-limit.js';
import { IdentityService } from '../identity/identity.js';
import { IdentityModule } from '../identity/identity.module.js';
import { RevokedSessions } from '../identity/revoked-sessions.js';
import { OperationModule } from '../operation/operation.module.js';
import { OperationRules } from '../operation/operation-rules.js';
import { systemClock } from '../request/clock.js';
import { OperationPipeline } from '../schema/operation-pipeline.js';
import { SchemaModule } from '../schema/schema.module.js';
import { SupergraphGateway } from '../schema/supergraph-gateway.js';
import { Subgraphs } from '../subgraphs/subgraphs.js';
import { SubgraphsModule } from '../subgraphs/subgraphs.module.js';
import { SubscriptionFigures } from '../telemetry/figures.js';
import { addSubscriptionMetrics } from '../telemetry/metrics.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { Operations } from './operations.js';
import { Connections, type ConnectionLimits } from './transports/connections.js';
import { GraphqlWsTransport, type WebSocketSettings } from './transports/graphql-ws.js';
import { SharedFrames } from './transports/shared-frames.js';
import { SubscriptionLimit } from './transports/subscription-limit.js';

export const SUBSCRIPTIONS_SETTINGS = Symbol('subscriptions settings');

export interface SubscriptionsSettings {
  /** How long a lost upstream subscription is retried, in milliseconds. */
  readonly upstreamRetryMs: number;
  readonly connections: ConnectionLimits;
  /** Concurrent subscriptions of one viewer, over all connections. */
  readonly perViewer: number;
  readonly webSockets: WebSocketSettings;
}

/** Subscriptions: rooms that share one upstream, and the WebSocket transport. */
@Module({
  imports: [EdgeModule, IdentityModule, OperationModule, SchemaModule, SubgraphsModule, TelemetryModule],
  providers: [
    {
      provide: Operations,
      inject: [
        OperationPipeline,
        SupergraphGateway,
        Subgraphs,
        OperationRules,
        SUBSCRIPTIONS_SETTINGS,
        SubscriptionFigures,
        LOGGER,
      ],
      useFactory: (
        pipeline: OperationPipeline,
        gateway: SupergraphGateway,
        { upstreams }: Subgraphs,
        { formatError }: OperationRules,
        { upstreamRetryMs: retryWindowMs }: SubscriptionsSettings,
        figures: SubscriptionFigures,
        logger: Logger,
      ) => new Operations({ pipeline, gateway, upstreams, formatError, retryWindowMs, figures, logger }),
    },
    {
      provide: Connections,
      inject: [SUBSCRIPTIONS_SETTINGS, RevokedSessions],
      useFactory: ({ connections }: SubscriptionsSettings, revoked: RevokedSessions) =>
        new Connections(connections, systemClock, revoked),
    },
    {
      provide: SubscriptionLimit,
      inject: [SUBSCRIPTIONS_SETTINGS],
      useFactory: ({ perViewer }: SubscriptionsSettings) => new SubscriptionLimit(perViewer),
    },
    {
      provide: GraphqlWsTransport,
      inject: [
        HttpAdapterHost,
        SUBSCRIPTIONS_SETTINGS,
        IdentityService,
        RateLimit,
        Load,
        Origins,
        Operations,
        Connections,
        SubscriptionLimit,
        LOGGER,
      ],
      useFactory: (
        host: HttpAdapterHost,
        { webSockets }: SubscriptionsSettings,
        identities: IdentityService,
        rateLimit: RateLimit,
        load: Load,
        origins: Origins,
        operations: Operations,
        connections: Connections,
        subscriptionLimit: SubscriptionLimit,
        logger: Logger,
      ) =>
        new GraphqlWsTransport(host, {
          ...webSockets,
          identities,
          rateLimit,
          load,
          origins,
          operations,
          connections,
          subscriptionLimit,
          frames: new SharedFrames(),
          logger,
        }),
    },
  ],
  exports: [Operations, Connections, SubscriptionLimit],
})
export class SubscriptionsModule implements OnApplicationShutdown {
  constructor(
    @Inject(Operations) private readonly operations: Operations,
    @Inject(Connections) connections: Connections,
    @Inject(SupergraphGateway) gateway: SupergraphGateway,
    @Inject(METRICS) metrics: Registry,
  ) {
    const { rooms, figures, upstreams } = operations;
    addSubscriptionMetrics(metrics, figures, { connections, rooms, upstreams: () => upstreams });
    gateway.onReload((version) => void rooms.renew(version));
  }

  onApplicationShutdown(): void {
    this.operations.rooms.close();
  }
}
