import type { AuthContext } from '@kit/auth';
import { GRAPHQL_PATH, LARGEST_LIVE_MESSAGE } from '@kit/service';

import type { GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { UpstreamEvent } from '../request/upstream-event.js';
import { LimitExceeded } from '../operation/limits/limit-exceeded.js';
import { LIMITS } from '../operation/limits/limits.js';
import { isErrorList } from './graphql-result.js';
import { InvalidGraphQLResult } from './invalid-graphql-result.js';
import { badUserInput, writeJson } from './subgraph-errors.js';
import type { TxnTokens } from './txn-tokens.js';

const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** How long the socket stays open after its last subscription has ended. */
const IDLE_CLOSE_MS = 5_000;

export interface UpstreamRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Record<string, unknown>;
}

/** Receives the events of an upstream subscription. `rejected`, `lost` and `complete` are final. */
export interface UpstreamSink {
  next(event: UpstreamEvent): void;
  /** The subgraph rejected the operation. */
  rejected(errors: readonly GraphQLFormattedError[]): void;
  /** The connection is lost. Events may have been missed. */
  lost(): void;
  complete(): void;
}

/**
 * Subscriptions at one subgraph. One socket serves all viewers. It opens with the first subscription, and each
 * subscription has its own transaction token.
 */
export class Upstream {
  private readonly client: Client;
  private activeCount = 0;

  constructor(
    private readonly subgraph: string,
    origin: string,
    private readonly tokens: TxnTokens,
    private readonly logger: Logger,
  ) {
    let pongTimer: NodeJS.Timeout | undefined;
    this.client = createClient({
      url: `${origin.replace(/^http/, 'ws')}${GRAPHQL_PATH}`,
      webSocketImpl: UpstreamSocket,
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

  /** The number of open upstream subscriptions. */
  get active(): number {
    return this.activeCount;
  }

  /** Subscribes as `auth`. The returned function ends the subscription at once. */
  subscribe(request: UpstreamRequest, auth: AuthContext, sink: UpstreamSink): () => void {
    const rejection = rejectionOf(request);
    if (rejection) {
      sink.rejected([rejection]);
      return () => {};
    }
    this.activeCount += 1;
    let over = false;
    const finish = (tell: () => void) => {
      if (over) return;
      over = true;
      this.activeCount -= 1;
      tell();
    };
    const { query, operationName, variables } = request;
    const unsubscribe = this.client.subscribe(
      {
        query,
        operationName: operationName ?? null,
        variables,
        extensions: { txnToken: this.tokens.tokenFor(auth) },
      },
      {
        next: (event) => {
          // graphql-js returns errors without data when it cannot create the event source. That is final.
          if (event.data === undefined && event.errors)
            return finish(() => this.fail(asErrors(event.errors), sink));
          if (!over) sink.next(event as UpstreamEvent);
        },
        error: (cause) => finish(() => this.fail(Array.isArray(cause) ? asErrors(cause) : cause, sink)),
        complete: () => finish(() => sink.complete()),
      },
    );
    return () => finish(unsubscribe);
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }

  private fail(cause: unknown, sink: UpstreamSink): void {
    const untrusted =
      isErrorList(cause) && cause.some(({ extensions }) => extensions?.code === 'UNTRUSTED_CALLER');
    if (isErrorList(cause) && !untrusted) return sink.rejected(cause);
    const why = untrusted ? 'the subgraph rejects the signature of the gateway' : describe(cause);
    this.logger.error({ subgraph: this.subgraph, why }, 'upstream subscription lost');
    sink.lost();
  }
}

/** The error of a request that is too large to send; null when it can be sent. */
function rejectionOf(request: UpstreamRequest): GraphQLFormattedError | null {
  const text = writeJson(request);
  if (text === null) return badUserInput('The variables are nested too deeply.');
  const sizes = [
    ['upstreamLength', request.query.length],
    ['upstreamBody', Buffer.byteLength(text)],
  ] as const;
  for (const [limit, size] of sizes) {
    if (size > LIMITS[limit]) return new LimitExceeded(limit, size, LIMITS[limit], 'BAD_USER_INPUT');
  }
  return null;
}

class UpstreamSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, {
      // The socket is shared. The limit `eventValues` bounds what one event can hold.
      maxPayload: LARGEST_LIVE_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
    });
  }
}

/** The errors from upstream, or InvalidGraphQLResult if they are malformed. */
function asErrors(errors: unknown): readonly GraphQLFormattedError[] | InvalidGraphQLResult {
  return isErrorList(errors) ? errors : new InvalidGraphQLResult('its `errors` are not a list of errors');
}

function describe(cause: unknown): string {
  const { code, reason, message } = cause as { code?: unknown; reason?: unknown; message?: unknown };
  return [code, reason, message].filter(Boolean).join(' ');
}
