import { StartUpError } from '@kit/service';

/** How the gateway reaches one subgraph. Only the address is required. */
export interface SubgraphOptions {
  /** The address of its GraphQL endpoint: http or https, with any path and query string. */
  readonly url: string;
  /**
   * Signs a transaction token for each request: 32 bytes or more. Without it, requests are unsigned, and the subgraph
   * learns nothing about the caller.
   */
  readonly secret?: string | undefined;
  /** An address that returns a 2xx status while the subgraph is ready. Without it, readiness is not checked. */
  readonly readyUrl?: string | null | undefined;
  /** The protocol of its subscriptions. Default: `graphql-ws`. */
  readonly subscriptions?: SubscriptionProtocol | undefined;
  /** The address of its subscriptions: http, https, ws or wss. Default: `url`. */
  readonly subscriptionsUrl?: string | undefined;
}

/**
 * `graphql-ws`: WebSocket with the sub-protocol `graphql-transport-ws`, one socket for all subscriptions. `sse`:
 * server-sent events in the distinct connections mode of graphql-sse, one request for each subscription.
 */
export type SubscriptionProtocol = 'graphql-ws' | 'sse';

/** An address, split as undici takes it. */
export interface Address {
  /** `http://host:port`. */
  readonly origin: string;
  /** The path and the query string. */
  readonly path: string;
}

/**
 * Splits the address of an HTTP endpoint. `ws` and `wss` mean http and https.
 * @throws StartUpError when it is not an http or https address, or contains a user name
 */
export function addressOf(url: string, subgraph: string): Address {
  const parsed = URL.canParse(url) ? new URL(url.replace(/^ws(?=s?:)/i, 'http')) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password)
    throw new StartUpError(
      `the address of the subgraph ${subgraph} is not a URL such as http://127.0.0.1:4001/graphql`,
    );
  return { origin: parsed.origin, path: parsed.pathname + parsed.search };
}
