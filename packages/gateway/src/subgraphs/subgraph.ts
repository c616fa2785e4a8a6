import { StartUpError } from '@kit/service';
import type { Logger } from 'pino';
import { request } from 'undici';
import { systemClock } from '../request/clock.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { StreamTarget } from './stream-target.js';
import { SubgraphClient } from './subgraph-client.js';
import { SubgraphDataSource } from './subgraph-data-source.js';
import { SubgraphGuard } from './subgraph-guard.js';
import { addressOf, type SubgraphOptions } from './subgraph-options.js';
import { TxnTokens } from './txn-tokens.js';
import { UpstreamEventStream } from './upstream-event-stream.js';
import { UpstreamWebSocket } from './upstream-web-socket.js';
import { Upstream } from './upstream.js';

/** Time limits of fetches from a subgraph, in milliseconds. */
export interface FetchTimeouts {
  /** Of one complete response. */
  readonly requestMs: number;
  /** Of all fetches of an operation together. */
  readonly operationMs: number;
  /** Of each pause of a streamed request or response. */
  readonly streamIdleMs: number;
}

const TRANSPORTS = { 'graphql-ws': UpstreamWebSocket, sse: UpstreamEventStream };

/** One subgraph, as the gateway uses it: fetches, subscriptions, streamed requests and readiness. */
export class Subgraph {
  private readonly client: SubgraphClient;
  private readonly breaker: CircuitBreaker;
  private readonly timeoutMs: number;
  readonly dataSource: SubgraphDataSource;
  readonly upstream: Upstream;
  readonly streams: StreamTarget;

  /** @throws StartUpError when an address is invalid */
  constructor(
    readonly name: string,
    private readonly options: SubgraphOptions,
    timeouts: FetchTimeouts,
    logger: Logger,
  ) {
    const { url, secret, readyUrl, subscriptions = 'graphql-ws', subscriptionsUrl = url } = options;
    if (readyUrl) addressOf(readyUrl, name);
    if (!Object.hasOwn(TRANSPORTS, subscriptions))
      throw new StartUpError(`the subscriptions of the subgraph ${name} are neither graphql-ws nor sse`);
    const tokens = secret === undefined ? null : new TxnTokens(name, secret);
    this.timeoutMs = Math.min(timeouts.requestMs, timeouts.operationMs);
    const address = addressOf(url, name);
    this.client = new SubgraphClient(address, tokens, this.timeoutMs);
    this.streams = new StreamTarget(name, address, tokens, timeouts.streamIdleMs, logger);
    this.breaker = new CircuitBreaker(systemClock, (state) =>
      logger.warn({ subgraph: name, state }, 'circuit breaker'),
    );
    const guard = new SubgraphGuard(this.timeoutMs, this.breaker, systemClock);
    const { operationMs } = timeouts;
    this.dataSource = new SubgraphDataSource(name, this.client, guard, operationMs, systemClock, logger);
    const transport = new TRANSPORTS[subscriptions](addressOf(subscriptionsUrl, name));
    this.upstream = new Upstream(name, transport, tokens, logger);
  }

  /** Whether its readiness is checked. */
  get hasReadyCheck(): boolean {
    return Boolean(this.options.readyUrl);
  }

  /**
   * Rejects unless the subgraph reports that it is ready and accepts a query. Success closes the circuit breaker, so
   * that a recovered subgraph is used at once.
   */
  async checkReady(): Promise<void> {
    const { readyUrl } = this.options;
    if (!readyUrl) return;
    const { statusCode, body } = await request(readyUrl, { signal: AbortSignal.timeout(this.timeoutMs) });
    await body.dump();
    if (statusCode < 200 || statusCode > 299)
      throw new Error(`the subgraph is not ready: status ${statusCode}`);
    await this.client.checkQuery();
    this.breaker.close();
  }

  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.streams.close(), this.upstream.close()]);
  }
}
