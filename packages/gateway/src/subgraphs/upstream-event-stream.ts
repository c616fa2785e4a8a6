import { TXN_TOKEN_HEADER } from '@kit/auth';
import { LARGEST_LIVE_MESSAGE, newRequestId, REQUEST_ID_HEADER } from '@kit/service';
import { Pool, type Dispatcher } from 'undici';
import { systemClock, type Clock } from '../request/clock.js';
import { EventStream } from './event-stream.js';
import type { Address } from './subgraph-options.js';
import {
  CONNECT_TIMEOUT_MS,
  type TransportSink,
  type UpstreamRequest,
  type UpstreamTransport,
} from './upstream-transport.js';

/**
 * The system probes a connection after this time of silence, in milliseconds, and then each second. So a host that has
 * vanished is noticed within 20 seconds.
 */
const KEEP_ALIVE_DELAY_MS = 10_000;

/**
 * Subscriptions over server-sent events (PROTOCOL.md of graphql-sse, distinct connections mode). Each subscription is a
 * request of its own with its own transaction token.
 */
export class UpstreamEventStream implements UpstreamTransport {
  private readonly pool: Pool;

  constructor(
    private readonly address: Address,
    private readonly clock: Clock = systemClock,
  ) {
    this.pool = new Pool(address.origin, {
      // The number of rooms bounds the number of connections.
      connections: null,
      // Streams have no end. `EventStream` limits the time until the response begins.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS },
    });
  }

  subscribe(request: UpstreamRequest, txnToken: string | null, sink: TransportSink): () => void {
    const options: Dispatcher.DispatchOptions = {
      method: 'POST',
      path: this.address.path,
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        [REQUEST_ID_HEADER]: newRequestId(),
        ...(txnToken !== null && { [TXN_TOKEN_HEADER]: txnToken }),
      },
      body: JSON.stringify(request),
    };
    const stream = new EventStream(sink, LARGEST_LIVE_MESSAGE, this.clock);
    this.pool.dispatch(options, stream);
    return () => stream.close();
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
