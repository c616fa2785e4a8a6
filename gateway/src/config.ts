import {
  ConfigurationError,
  origin,
  origins,
  readEnvironment,
  secret,
  serviceEnvironment,
  wholeNumber,
} from '@supergraph/service/environment';
import { z } from 'zod';
import { LIMITS } from './limits/limits.js';
import { APOLLO_STUDIO } from './edges/origins.js';

/** The subgraphs of the supergraph. Each has an address and a secret in the environment, named after it. */
export const SUBGRAPHS = ['users', 'email-subscriptions'] as const;

export type SubgraphName = (typeof SUBGRAPHS)[number];

/** Where a subgraph is and what its gateway signs with. */
export interface SubgraphConfig {
  /** `http://host:port`. */
  readonly origin: string;
  readonly secret: string;
}

export type GatewayConfig = ReturnType<typeof readConfig>;

/** Every environment variable that the gateway reads. */
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
      /** How often that file is looked at, in milliseconds. */
      SUPERGRAPH_POLL_MS: wholeNumber(50, 3_600_000).default(1_000),
      /** Origins at which browsers reach this gateway. */
      PUBLIC_URL: origins().default([]),
      /** Origins of other sites whose pages may call. */
      CORS_ORIGINS: origins().optional(),
      /** The longest wait for a subgraph's whole answer. */
      SUBGRAPH_TIMEOUT_MS: wholeNumber(1, 600_000).default(10_000),
      /** The longest wait of an operation for all its subgraphs together. */
      OPERATION_TIMEOUT_MS: wholeNumber(1, 600_000).default(15_000),
      /** Proxies of our own that a request passes: so many entries of X-Forwarded-For are believed, from the right. */
      TRUSTED_PROXY_HOPS: wholeNumber(0, 10).default(0),
      /** Operations that one client may start within RATE_LIMIT_SECONDS; 0 is no limit. */
      RATE_LIMIT_OPERATIONS: wholeNumber(0, 1_000_000_000).default(6_000),
      RATE_LIMIT_SECONDS: wholeNumber(1, 86_400).default(60),
      /** HTTP operations under way; while there are as many, further ones are answered with 503. */
      REQUESTS_IN_FLIGHT: wholeNumber(1, 1_000_000).default(2_000),
      /** How late the event loop may be before requests are answered with 503. */
      OVERLOAD_DELAY_MS: wholeNumber(1, 600_000).default(500),
      /** How often the public keys are fetched again. */
      KEYS_REFRESH_MS: wholeNumber(100, 86_400_000).default(300_000),
      /** How often the users subgraph is asked which sessions have ended. */
      REVOCATIONS_POLL_MS: wholeNumber(50, 60_000).default(1_000),
      /** For how long a lost subscription to a subgraph is tried again, before its watchers are told. */
      UPSTREAM_RETRY_MS: wholeNumber(0, 3_600_000).default(60_000),
      /** How long a WebSocket may take to send connection_init. */
      CONNECTION_INIT_TIMEOUT_MS: wholeNumber(1, 600_000).default(3_000),
      /** What one operation may cost at worst, in objects weighted by `@cost`. */
      COST_LIMIT: wholeNumber(1, 1_000_000_000).default(LIMITS.cost),
      /** `only`: operations that are not in the manifest are refused. */
      PERSISTED_OPERATIONS: z.enum(['any', 'only'], 'is not any or only').default('any'),
      /** Path of a manifest as `@apollo/generate-persisted-query-manifest` writes it; goes with `only`. */
      PERSISTED_OPERATIONS_MANIFEST: z.string().optional(),
      /** WebSockets and streams over HTTP, in all. */
      LIVE_CONNECTIONS: wholeNumber(1, 1_000_000).default(20_000),
      /** WebSockets and streams over HTTP of one viewer. */
      LIVE_CONNECTIONS_PER_VIEWER: wholeNumber(1, 1_000_000).default(100),
      /** Live operations of one viewer, over all connections. */
      LIVE_OPERATIONS_PER_VIEWER: wholeNumber(1, 1_000_000).default(100),
      /** Operations under way on one WebSocket. */
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
      'PERSISTED_OPERATIONS=only and PERSISTED_OPERATIONS_MANIFEST go together: one of them is missing',
    );
  return { ...config, origins: { own: new Set(PUBLIC_URL), listed: new Set(listed) }, subgraphs };
}
