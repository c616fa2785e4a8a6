import {
  ConfigurationError,
  origin,
  origins,
  readEnvironment,
  secret,
  serviceEnvironment,
  wholeNumber,
} from '@kit/service';
import { z } from 'zod';
import { LIMITS } from '../operation/limits/limits.js';
import { APOLLO_STUDIO } from '../edge/origins.js';

/** The subgraphs. The environment has a `<NAME>_URL` and a `<NAME>_TXN_TOKEN_SECRET` for each. */
export const SUBGRAPHS = ['users', 'email-subscriptions'] as const;

export type SubgraphName = (typeof SUBGRAPHS)[number];

/** The address of a subgraph and the secret that signs transaction tokens for it. */
export interface SubgraphConfig {
  /** `http://host:port`. */
  readonly origin: string;
  readonly secret: string;
}

export type GatewayConfig = ReturnType<typeof readConfig>;

/**
 * Reads and validates all environment variables of the gateway.
 * @throws ConfigurationError that lists every missing or invalid variable
 */
export function readConfig(environment = process.env) {
  const { USERS_URL, USERS_TXN_TOKEN_SECRET, PUBLIC_URL, CORS_ORIGINS, ...rest } = readEnvironment(
    {
      ...serviceEnvironment(4000),
      USERS_URL: origin(),
      USERS_TXN_TOKEN_SECRET: secret(),
      EMAIL_SUBSCRIPTIONS_URL: origin(),
      EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET: secret(),
      /** Path of the composed supergraph. */
      SUPERGRAPH_FILE: z.string(),
      /** How often that file is checked for changes, in milliseconds. */
      SUPERGRAPH_POLL_MS: wholeNumber(50, 3_600_000).default(1_000),
      /** The gateway's own origins, as browsers see them. */
      PUBLIC_URL: origins().default([]),
      /** Other origins whose pages may call the gateway. */
      CORS_ORIGINS: origins().optional(),
      /** Timeout of one subgraph request, in milliseconds. */
      SUBGRAPH_TIMEOUT_MS: wholeNumber(1, 600_000).default(10_000),
      /** Time limit for all subgraph requests of one operation together, in milliseconds. */
      OPERATION_TIMEOUT_MS: wholeNumber(1, 600_000).default(15_000),
      /**
       * Number of trusted proxies in front of the gateway. That many entries of X-Forwarded-For are trusted, from the
       * right.
       */
      TRUSTED_PROXY_HOPS: wholeNumber(0, 10).default(0),
      /** Operations that one client may start within RATE_LIMIT_SECONDS. 0 disables the limit. */
      RATE_LIMIT_OPERATIONS: wholeNumber(0, 1_000_000_000).default(6_000),
      RATE_LIMIT_SECONDS: wholeNumber(1, 86_400).default(60),
      /** Maximum number of concurrent HTTP operations. The gateway rejects more with status 503. */
      REQUESTS_IN_FLIGHT: wholeNumber(1, 1_000_000).default(2_000),
      /** Event-loop delay, in milliseconds, above which the gateway rejects requests with status 503. */
      OVERLOAD_DELAY_MS: wholeNumber(1, 600_000).default(500),
      /** How often the public keys are fetched, in milliseconds. */
      KEYS_REFRESH_MS: wholeNumber(100, 86_400_000).default(300_000),
      /** How often the gateway polls the users subgraph for revoked sessions, in milliseconds. */
      REVOCATIONS_POLL_MS: wholeNumber(50, 60_000).default(1_000),
      /**
       * How long the gateway retries a lost upstream subscription before it ends those of its clients, in
       * milliseconds.
       */
      UPSTREAM_RETRY_MS: wholeNumber(0, 3_600_000).default(60_000),
      /** Time within which a WebSocket client must send `connection_init`, in milliseconds. */
      CONNECTION_INIT_TIMEOUT_MS: wholeNumber(1, 600_000).default(3_000),
      /** Maximum worst-case cost of one operation: the number of objects, weighted by `@cost`. */
      COST_LIMIT: wholeNumber(1, 1_000_000_000).default(LIMITS.cost),
      /** `only` rejects operations that are not in the manifest. */
      PERSISTED_OPERATIONS: z.enum(['any', 'only'], 'is not any or only').default('any'),
      /** Path of a manifest from `@apollo/generate-persisted-query-manifest`. Required with `only`. */
      PERSISTED_OPERATIONS_MANIFEST: z.string().optional(),
      /** Maximum number of WebSockets and HTTP streams, in total. */
      LIVE_CONNECTIONS: wholeNumber(1, 1_000_000).default(20_000),
      /** Maximum number of WebSockets and HTTP streams of one viewer. */
      LIVE_CONNECTIONS_PER_VIEWER: wholeNumber(1, 1_000_000).default(100),
      /** Maximum number of subscriptions of one viewer, over all connections. */
      LIVE_OPERATIONS_PER_VIEWER: wholeNumber(1, 1_000_000).default(100),
      /** Maximum number of concurrent operations on one WebSocket. */
      OPERATIONS_PER_CONNECTION: wholeNumber(1, 100_000).default(100),
    },
    environment,
  );
  const { EMAIL_SUBSCRIPTIONS_URL, EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET, ...config } = rest;
  const subgraphs: Readonly<Record<SubgraphName, SubgraphConfig>> = {
    users: { origin: USERS_URL, secret: USERS_TXN_TOKEN_SECRET },
    'email-subscriptions': { origin: EMAIL_SUBSCRIPTIONS_URL, secret: EMAIL_SUBSCRIPTIONS_TXN_TOKEN_SECRET },
  };
  const listed = CORS_ORIGINS ?? (config.NODE_ENV === 'production' ? [] : [APOLLO_STUDIO]);
  const hasManifest = config.PERSISTED_OPERATIONS_MANIFEST !== undefined;
  if ((config.PERSISTED_OPERATIONS === 'only') !== hasManifest)
    throw new ConfigurationError(
      'PERSISTED_OPERATIONS=only and PERSISTED_OPERATIONS_MANIFEST must be set together: set both or neither',
    );
  return { ...config, origins: { own: new Set(PUBLIC_URL), listed: new Set(listed) }, subgraphs };
}
