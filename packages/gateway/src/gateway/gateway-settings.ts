import { createLogger } from '@kit/service';
import type { Logger } from 'pino';
import type { EdgeSettings } from '../edge/edge.module.js';
import { securityHeaders } from '../edge/edge-hooks.js';
import { APOLLO_STUDIO } from '../edge/origins.js';
import type { HttpSettings } from '../http/http.module.js';
import type { IdentitySettings } from '../identity/identity.module.js';
import { LIMITS } from '../operation/limits/limits.js';
import type { OperationSettings } from '../operation/operation-rules.js';
import { persisted, readManifest } from '../operation/persisted-operations/manifest.js';
import type { SchemaSettings } from '../schema/schema.module.js';
import { subgraphAddresses } from '../schema/subgraph-addresses.js';
import { readSupergraph } from '../schema/supergraph-file.js';
import type { SubgraphsSettings } from '../subgraphs/subgraphs.js';
import type { SubscriptionsSettings } from '../subscriptions/subscriptions.module.js';
import type { GatewayOptions } from './gateway-options.js';

/** The options of a gateway with all defaults, by room. */
export interface GatewaySettings {
  readonly production: boolean;
  readonly logger: Logger;
  /** In the form of the variables that set it, which messages about it name. */
  readonly listen: {
    readonly HOST: string;
    readonly PORT: number;
    readonly METRICS_HOST: string;
    readonly METRICS_PORT: number | undefined;
    readonly DRAIN_TIMEOUT_MS: number;
  };
  readonly edge: EdgeSettings;
  readonly http: HttpSettings;
  readonly identity: IdentitySettings;
  readonly operation: OperationSettings;
  readonly schema: SchemaSettings;
  readonly subgraphs: SubgraphsSettings;
  readonly subscriptions: SubscriptionsSettings;
}

/** @throws StartUpError when a file cannot be read */
export function settingsOf(options: GatewayOptions): GatewaySettings {
  const { supergraph, production = true, logger = createLogger('gateway', 'info') } = options;
  const { limits = {}, listen = {}, origins = {}, trustedProxyHops: trustedHops = 0 } = options;
  const routes = options.routes ?? [];
  const documents = routes.flatMap((route) => route.documents ?? []);
  const drainTimeoutMs = listen.drainTimeoutMs ?? 10_000;
  const connections = limits.connections ?? 20_000;
  const supergraphSdl = readSupergraph(supergraph.file);
  const anonymous = Math.ceil(connections / 4);
  return {
    production,
    logger,
    listen: {
      HOST: listen.host ?? '127.0.0.1',
      PORT: listen.port ?? 4_000,
      METRICS_HOST: listen.metricsHost ?? '127.0.0.1',
      METRICS_PORT: listen.metricsPort,
      DRAIN_TIMEOUT_MS: drainTimeoutMs,
    },
    edge: {
      rateLimit: {
        operations: limits.rateLimitOperations ?? 6_000,
        seconds: limits.rateLimitSeconds ?? 60,
        trustedHops,
      },
      load: { inFlight: limits.requestsInFlight ?? 2_000, delayMs: limits.overloadDelayMs ?? 500 },
      origins: {
        own: new Set(origins.own),
        listed: new Set(origins.listed ?? (production ? [] : [APOLLO_STUDIO])),
        production,
      },
    },
    http: { trustedHops, production, routes },
    identity: options.identity ?? null,
    operation: {
      production,
      cost: limits.cost ?? LIMITS.cost,
      persistedOperations:
        options.persistedOperations === undefined
          ? null
          : [...readManifest(options.persistedOperations), ...documents.map(persisted)],
    },
    schema: {
      file: supergraph.file,
      supergraphSdl,
      pollMs: supergraph.pollMs ?? 1_000,
    },
    subgraphs: {
      optionsOf: options.subgraphs ?? ((_, url) => ({ url })),
      firstUrlOf: (name) => subgraphAddresses(supergraphSdl).get(name) ?? '',
      timeouts: {
        requestMs: limits.subgraphTimeoutMs ?? 10_000,
        operationMs: limits.operationTimeoutMs ?? 15_000,
        streamIdleMs: limits.streamIdleMs ?? 60_000,
      },
    },
    subscriptions: {
      upstreamRetryMs: limits.upstreamRetryMs ?? 60_000,
      connections: {
        all: connections,
        perViewer: limits.connectionsPerViewer ?? 100,
        anonymous,
        anonymousPerAddress: Math.max(1, Math.floor(anonymous / 10)),
      },
      perViewer: limits.subscriptionsPerViewer ?? 100,
      webSockets: {
        initTimeoutMs: limits.connectionInitTimeoutMs ?? 3_000,
        mostOperations: limits.operationsPerConnection ?? 100,
        headers: securityHeaders(production),
        trustedHops,
        drainWindowMs: drainTimeoutMs / 2,
      },
    },
  };
}
