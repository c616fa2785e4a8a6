import type { Logger } from 'pino';
import type { GatewayRoute } from '../http/route.js';
import type { IdentityOptions } from '../identity/identity-options.js';
import type { SubgraphOptions } from '../subgraphs/subgraph-options.js';

/** The options of a gateway. Times are in milliseconds. */
export interface GatewayOptions {
  readonly supergraph: {
    /** The path of the composed supergraph. */
    readonly file: string;
    /** How often the file is checked for changes. Default: 1,000. */
    readonly pollMs?: number | undefined;
  };
  /**
   * Returns how to reach a subgraph. It is called for each subgraph when a supergraph names it first or with another
   * address, also at run time. If it throws then, the previous supergraph stays in use. Default: unsigned, at the address in the supergraph.
   * @param composedUrl the address in the supergraph; empty when it has none
   */
  readonly subgraphs?: ((name: string, composedUrl: string) => SubgraphOptions) | undefined;
  /** The issuer of clients' access tokens. Without it, all clients are anonymous, and every token is rejected. */
  readonly identity?: IdentityOptions | undefined;
  /** HTTP addresses of the deployable, beside `/graphql`. */
  readonly routes?: readonly GatewayRoute[] | undefined;
  /** False turns on introspection, the landing page and detailed messages. Default: true. */
  readonly production?: boolean | undefined;
  readonly logger?: Logger | undefined;
  readonly listen?: ListenOptions | undefined;
  /** Which pages in browsers may call the gateway. */
  readonly origins?: OriginsLists | undefined;
  /**
   * Number of trusted proxies in front of the gateway. That many entries of X-Forwarded-For are trusted, from the
   * right. Default: 0.
   */
  readonly trustedProxyHops?: number | undefined;
  readonly limits?: GatewayLimits | undefined;
  /** The path of a manifest from `@apollo/generate-persisted-query-manifest`. Only its operations may run then. */
  readonly persistedOperations?: string | undefined;
}

export interface ListenOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: 4000. */
  readonly port?: number | undefined;
  /** The address of `/metrics`. Default: 127.0.0.1. */
  readonly metricsHost?: string | undefined;
  /** Default: the port plus 10,000. */
  readonly metricsPort?: number | undefined;
  /** How long requests may take to complete at shutdown. Default: 10,000. */
  readonly drainTimeoutMs?: number | undefined;
}

export interface OriginsLists {
  /** The gateway's own origins, as browsers see them. Default: none. */
  readonly own?: readonly string[] | undefined;
  /** Other origins whose pages may call the gateway. Default: Apollo's explorer, and in production none. */
  readonly listed?: readonly string[] | undefined;
}

export interface GatewayLimits {
  /** Timeout of one subgraph request. Default: 10,000. */
  readonly subgraphTimeoutMs?: number | undefined;
  /** Time limit for all subgraph requests of one operation together. Default: 15,000. */
  readonly operationTimeoutMs?: number | undefined;
  /** How long a streamed request or response of a route may pause. Default: 60,000. */
  readonly streamIdleMs?: number | undefined;
  /** Operations that one client may start within `rateLimitSeconds`. 0 disables the limit. Default: 6,000. */
  readonly rateLimitOperations?: number | undefined;
  /** Default: 60. */
  readonly rateLimitSeconds?: number | undefined;
  /** Concurrent HTTP operations. The gateway rejects more with status 503. Default: 2,000. */
  readonly requestsInFlight?: number | undefined;
  /** Event-loop delay above which the gateway rejects requests with status 503. Default: 500. */
  readonly overloadDelayMs?: number | undefined;
  /** Worst-case cost of one operation: the number of objects, weighted by `@cost`. Default: 5,000. */
  readonly cost?: number | undefined;
  /** How long a lost upstream subscription is retried before the clients' subscriptions end. Default: 60,000. */
  readonly upstreamRetryMs?: number | undefined;
  /** Time within which a WebSocket client must send `connection_init`. Default: 3,000. */
  readonly connectionInitTimeoutMs?: number | undefined;
  /** WebSockets and HTTP streams, in total. Default: 20,000. */
  readonly connections?: number | undefined;
  /** WebSockets and HTTP streams of one viewer. Default: 100. */
  readonly connectionsPerViewer?: number | undefined;
  /** Subscriptions of one viewer, over all connections. Default: 100. */
  readonly subscriptionsPerViewer?: number | undefined;
  /** Concurrent operations on one WebSocket. Default: 100. */
  readonly operationsPerConnection?: number | undefined;
}
