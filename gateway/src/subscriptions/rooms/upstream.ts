import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { GRAPHQL_PATH } from '@supergraph/service/graphql-endpoint';
import { LARGEST_LIVE_MESSAGE } from '@supergraph/service/live-messages';
import type { GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { UpstreamEvent } from '../plan/upstream-event.js';
import { LimitExceeded } from '../../limits/limit-exceeded.js';
import { LIMITS } from '../../limits/limits.js';
import { isErrorList } from '../../supergraph/graphql-result.js';
import { NoGraphQLResult } from '../../supergraph/no-graphql-result.js';
import { badUserInput, writeJson } from '../../supergraph/subgraph-errors.js';
import type { TxnTokens } from '../../supergraph/txn-tokens.js';

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const CONNECT_WITHIN_MS = 5_000;
/** How long the socket stays open after its last operation has ended. */
const LINGER_MS = 5_000;

export interface UpstreamRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Record<string, unknown>;
}

/** What becomes of an upstream subscription. After `refused`, `lost` or `complete` nothing more comes. */
export interface UpstreamSink {
  next(event: UpstreamEvent): void;
  /** The subgraph turned the operation away. */
  refused(errors: readonly GraphQLFormattedError[]): void;
  /** The connection is gone; events may have been missed. */
  lost(): void;
  complete(): void;
}

/**
 * Subscriptions at one subgraph. One socket serves every viewer: it opens with the first operation, and each
 * operation carries a transaction token of its own.
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
    let unanswered: NodeJS.Timeout | undefined;
    this.client = createClient({
      url: `${origin.replace(/^http/, 'ws')}${GRAPHQL_PATH}`,
      webSocketImpl: UpstreamSocket,
      lazyCloseTimeout: LINGER_MS,
      keepAlive: PING_EVERY_MS,
      retryAttempts: 0,
      connectionAckWaitTimeout: CONNECT_WITHIN_MS,
      on: {
        ping: (received) => {
          if (!received) unanswered = setTimeout(() => this.client.terminate(), PONG_WITHIN_MS);
        },
        pong: (received) => {
          if (received) clearTimeout(unanswered);
        },
        closed: () => clearTimeout(unanswered),
      },
    });
  }

  /** Upstream subscriptions that are open now. */
  get active(): number {
    return this.activeCount;
  }

  /** Subscribes in the name of `auth`; the returned function ends the subscription at once. */
  subscribe(request: UpstreamRequest, auth: AuthContext, sink: UpstreamSink): () => void {
    const refusal = refusalOf(request);
    if (refusal) {
      sink.refused([refusal]);
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
          // graphql-js answers with errors and no data when it cannot make the source: nothing comes after that.
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
    if (isErrorList(cause) && !untrusted) return sink.refused(cause);
    const why = untrusted ? 'it refuses our signature' : describe(cause);
    this.logger.error({ subgraph: this.subgraph, why }, 'upstream subscription lost');
    sink.lost();
  }
}

/** Why a request is not sent; null when it is. */
function refusalOf(request: UpstreamRequest): GraphQLFormattedError | null {
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
      // Everybody's: what an event may hold is bounded by the limits of documents (`eventValues`).
      maxPayload: LARGEST_LIVE_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_WITHIN_MS,
    });
  }
}

/** The errors that upstream has sent, or what it is instead if they are none. */
function asErrors(errors: unknown): readonly GraphQLFormattedError[] | NoGraphQLResult {
  return isErrorList(errors) ? errors : new NoGraphQLResult('its errors are none');
}

function describe(cause: unknown): string {
  const { code, reason, message } = cause as { code?: unknown; reason?: unknown; message?: unknown };
  return [code, reason, message].filter(Boolean).join(' ');
}
