import { LARGEST_LIVE_MESSAGE } from '@kit/service';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { UpstreamEvent } from '../request/upstream-event.js';
import type { Address } from './subgraph-options.js';
import {
  CONNECT_TIMEOUT_MS,
  type TransportSink,
  type UpstreamRequest,
  type UpstreamTransport,
} from './upstream-transport.js';

const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;
/** How long the socket stays open after its last subscription has ended. */
const IDLE_CLOSE_MS = 5_000;

/** Subscriptions over graphql-transport-ws. One socket serves all viewers. It opens with the first subscription. */
export class UpstreamWebSocket implements UpstreamTransport {
  private readonly client: Client;

  constructor({ origin, path }: Address) {
    let pongTimer: NodeJS.Timeout | undefined;
    this.client = createClient({
      url: `${origin.replace(/^http/, 'ws')}${path}`,
      webSocketImpl: Socket,
      lazyCloseTimeout: IDLE_CLOSE_MS,
      keepAlive: PING_INTERVAL_MS,
      retryAttempts: 0,
      connectionAckWaitTimeout: CONNECT_TIMEOUT_MS,
      on: {
        ping: (received) => {
          if (!received) pongTimer = setTimeout(() => this.client.terminate(), PONG_TIMEOUT_MS);
        },
        pong: (received) => {
          if (received) clearTimeout(pongTimer);
        },
        closed: () => clearTimeout(pongTimer),
      },
    });
  }

  /** The token travels with each operation, since all viewers share the socket. */
  subscribe(request: UpstreamRequest, txnToken: string | null, sink: TransportSink): () => void {
    const { query, operationName, variables } = request;
    return this.client.subscribe(
      {
        query,
        operationName: operationName ?? null,
        variables,
        ...(txnToken !== null && { extensions: { txnToken } }),
      },
      {
        next: (result) => sink.next(result as UpstreamEvent),
        error: (cause) => sink.error(cause),
        complete: () => sink.complete(),
      },
    );
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }
}

class Socket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, {
      // The socket is shared. The limit `eventValues` bounds what one event can hold.
      maxPayload: LARGEST_LIVE_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
    });
  }
}
