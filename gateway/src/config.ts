import { type GatewayOptions, readSupergraph, subgraphAddresses } from '@kit/gateway';
import {
  ConfigurationError,
  createLogger,
  origins,
  readEnvironment,
  serviceEnvironment,
  wholeNumber,
} from '@kit/service';
import { z } from 'zod';
import { identityOf } from './identity.js';
import { publicRoutes } from './pages/public-routes.js';
import { subgraphOptions, variablesOf } from './subgraph-variables.js';

/** The variables of the gateway, apart from those of its subgraphs. */
const VARIABLES = {
  ...serviceEnvironment(4000),
  /** Path of the composed supergraph. */
  SUPERGRAPH_FILE: z.string(),
  /** How often that file is checked for changes, in milliseconds. */
  SUPERGRAPH_POLL_MS: wholeNumber(50, 3_600_000).optional(),
  /** The gateway's own origins, as browsers see them. */
  PUBLIC_URL: origins().optional(),
  /** Other origins whose pages may call the gateway. */
  CORS_ORIGINS: origins().optional(),
  /** Timeout of one subgraph request, in milliseconds. */
  SUBGRAPH_TIMEOUT_MS: wholeNumber(1, 600_000).optional(),
  /** Time limit for all subgraph requests of one operation together, in milliseconds. */
  OPERATION_TIMEOUT_MS: wholeNumber(1, 600_000).optional(),
  /** Number of trusted proxies in front of the gateway. */
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10).optional(),
  /** Operations that one client may start within RATE_LIMIT_SECONDS. 0 disables the limit. */
  RATE_LIMIT_OPERATIONS: wholeNumber(0, 1_000_000_000).optional(),
  RATE_LIMIT_SECONDS: wholeNumber(1, 86_400).optional(),
  /** Maximum number of concurrent HTTP operations. */
  REQUESTS_IN_FLIGHT: wholeNumber(1, 1_000_000).optional(),
  /** Event-loop delay, in milliseconds, above which the gateway rejects requests. */
  OVERLOAD_DELAY_MS: wholeNumber(1, 600_000).optional(),
  /** How often the public keys are fetched, in milliseconds. */
  KEYS_REFRESH_MS: wholeNumber(100, 86_400_000).optional(),
  /** How often the gateway polls for revoked sessions, in milliseconds. */
  REVOCATIONS_POLL_MS: wholeNumber(50, 60_000).optional(),
  /** How long a lost upstream subscription is retried, in milliseconds. */
  UPSTREAM_RETRY_MS: wholeNumber(0, 3_600_000).optional(),
  /** Time within which a WebSocket client must send `connection_init`, in milliseconds. */
  CONNECTION_INIT_TIMEOUT_MS: wholeNumber(1, 600_000).optional(),
  /** Maximum worst-case cost of one operation. */
  COST_LIMIT: wholeNumber(1, 1_000_000_000).optional(),
  /** `only` rejects operations that are not in the manifest. */
  PERSISTED_OPERATIONS: z.enum(['any', 'only'], 'is not any or only').default('any'),
  /** Path of a manifest from `@apollo/generate-persisted-query-manifest`. Required with `only`. */
  PERSISTED_OPERATIONS_MANIFEST: z.string().optional(),
  /** Maximum number of WebSockets and HTTP streams, in total. */
  LIVE_CONNECTIONS: wholeNumber(1, 1_000_000).optional(),
  /** Maximum number of WebSockets and HTTP streams of one viewer. */
  LIVE_CONNECTIONS_PER_VIEWER: wholeNumber(1, 1_000_000).optional(),
  /** Maximum number of subscriptions of one viewer, over all connections. */
  LIVE_OPERATIONS_PER_VIEWER: wholeNumber(1, 1_000_000).optional(),
  /** Maximum number of concurrent operations on one WebSocket. */
  OPERATIONS_PER_CONNECTION: wholeNumber(1, 100_000).optional(),
};

/**
 * Translates the environment into the options of the gateway.
 * @throws ConfigurationError that lists every missing or invalid variable
 * @throws StartUpError when the supergraph cannot be read
 */
export function gatewayOptions(environment = process.env): GatewayOptions {
  const names = subgraphNames(environment);
  const ofSubgraphs = Object.assign({}, ...names.map(variablesOf)) as ReturnType<typeof variablesOf>;
  const config = readEnvironment({ ...VARIABLES, ...ofSubgraphs }, environment);
  const manifest = config.PERSISTED_OPERATIONS_MANIFEST;
  if ((config.PERSISTED_OPERATIONS === 'only') !== (manifest !== undefined))
    throw new ConfigurationError(
      'PERSISTED_OPERATIONS=only and PERSISTED_OPERATIONS_MANIFEST must be set together: set both or neither',
    );
  const subgraphs = (name: string) => subgraphOptions(name, environment);
  return {
    supergraph: { file: config.SUPERGRAPH_FILE, pollMs: config.SUPERGRAPH_POLL_MS },
    subgraphs,
    identity: identityOf({
      usersUrl: subgraphs('users').url,
      keysRefreshMs: config.KEYS_REFRESH_MS,
      revocationsPollMs: config.REVOCATIONS_POLL_MS,
    }),
    production: config.NODE_ENV === 'production',
    logger: createLogger('gateway', config.LOG_LEVEL),
    listen: {
      host: config.HOST,
      port: config.PORT,
      metricsHost: config.METRICS_HOST,
      metricsPort: config.METRICS_PORT,
      drainTimeoutMs: config.DRAIN_TIMEOUT_MS,
    },
    origins: { own: config.PUBLIC_URL, listed: config.CORS_ORIGINS },
    routes: publicRoutes([...(config.PUBLIC_URL ?? []), ...(config.CORS_ORIGINS ?? [])]),
    trustedProxyHops: config.TRUSTED_PROXY_HOPS,
    persistedOperations: manifest,
    limits: {
      subgraphTimeoutMs: config.SUBGRAPH_TIMEOUT_MS,
      operationTimeoutMs: config.OPERATION_TIMEOUT_MS,
      rateLimitOperations: config.RATE_LIMIT_OPERATIONS,
      rateLimitSeconds: config.RATE_LIMIT_SECONDS,
      requestsInFlight: config.REQUESTS_IN_FLIGHT,
      overloadDelayMs: config.OVERLOAD_DELAY_MS,
      cost: config.COST_LIMIT,
      upstreamRetryMs: config.UPSTREAM_RETRY_MS,
      connectionInitTimeoutMs: config.CONNECTION_INIT_TIMEOUT_MS,
      connections: config.LIVE_CONNECTIONS,
      connectionsPerViewer: config.LIVE_CONNECTIONS_PER_VIEWER,
      subscriptionsPerViewer: config.LIVE_OPERATIONS_PER_VIEWER,
      operationsPerConnection: config.OPERATIONS_PER_CONNECTION,
    },
  };
}

/** The names of the subgraphs, from the supergraph. */
function subgraphNames(environment: NodeJS.ProcessEnv): string[] {
  const file = environment['SUPERGRAPH_FILE']?.trim();
  if (!file) return [];
  try {
    return [...subgraphAddresses(readSupergraph(file)).keys()];
  } catch (error) {
    // Without the supergraph, only the gateway's own variables are known. Their faults are reported first.
    readEnvironment(VARIABLES, environment);
    throw error;
  }
}
