import type { AuthContext } from '@supergraph/auth-context/auth-context';
import { GRAPHQL_PATH } from '@supergraph/service/graphql-endpoint';
import { LARGEST_LIVE_MESSAGE } from '@supergraph/service/live-messages';
import type { GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { UpstreamEvent } from '../plan/upstream-event.js';
import { badUserInput, writeJson } from '../../supergraph/subgraph-errors.js';
import type { TxnTokens } from '../../supergraph/txn-tokens.js';

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
/**
 * One socket serves everybody: nobody's message may close it. A subgraph does so above 256 KiB, and we do above
 * LARGEST_LIVE_MESSAGE: what an event may hold is bounded by the limits of documents (`eventValues`).
 */
const LARGEST_REQUEST = 192 * 1024;
const LONGEST_QUERY = 16 * 1024;
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
  readonly #client: Client;
  #active = 0;

  constructor(
    private readonly subgraph: string,
    origin: string,
    private readonly tokens: TxnTokens,
    private readonly logger: Logger,
  ) {
    let unanswered: NodeJS.Timeout | undefined;
    this.#client = createClient({
      url: `${origin.replace(/^http/, 'ws')}${GRAPHQL_PATH}`,
      webSocketImpl: UpstreamSocket,
      lazyCloseTimeout: LINGER_MS,
      keepAlive: PING_EVERY_MS,
      retryAttempts: 0,
      connectionAckWaitTimeout: CONNECT_WITHIN_MS,
      on: {
        ping: (received) => {
          if (!received) unanswered = setTimeout(() => this.#client.terminate(), PONG_WITHIN_MS);
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
    return this.#active;
  }

  /** Subscribes in the name of `auth`; the returned function ends the subscription at once. */
  subscribe(request: UpstreamRequest, auth: AuthContext, sink: UpstreamSink): () => void {
    const text = writeJson(request);
    if (text === null || Buffer.byteLength(text) > LARGEST_REQUEST || request.query.length > LONGEST_QUERY) {
      sink.refused([TOO_LARGE]);
      return () => {};
    }
    this.#active += 1;
    let over = false;
    const finish = (tell: () => void) => {
      if (over) return;
      over = true;
      this.#active -= 1;
      tell();
    };
    const { query, operationName, variables } = request;
    const unsubscribe = this.#client.subscribe(
      {
        query,
        operationName: operationName ?? null,
        variables,
        extensions: { txnToken: this.tokens.tokenFor(auth) },
      },
      {
        next: (event) => {
          // graphql-js answers with errors and no data when it cannot make the source: nothing comes after that.
          if (event.data === undefined && event.errors) return finish(() => this.#fail(event.errors, sink));
          if (!over) sink.next(event as UpstreamEvent);
        },
        error: (cause) => finish(() => this.#fail(cause, sink)),
        complete: () => finish(() => sink.complete()),
      },
    );
    return () => finish(unsubscribe);
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }

  #fail(cause: unknown, sink: UpstreamSink): void {
    const untrusted =
      isErrorList(cause) && cause.some(({ extensions }) => extensions?.code === 'UNTRUSTED_CALLER');
    if (isErrorList(cause) && !untrusted) return sink.refused(cause);
    const why = untrusted ? 'it refuses our signature' : describe(cause);
    this.logger.error({ subgraph: this.subgraph, why }, 'upstream subscription lost');
    sink.lost();
  }
}

const TOO_LARGE = badUserInput(
  `This subscription is too large: ${LONGEST_QUERY} bytes of query and ${LARGEST_REQUEST} in all are the most.`,
);

class UpstreamSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, {
      maxPayload: LARGEST_LIVE_MESSAGE,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_WITHIN_MS,
    });
  }
}

function isErrorList(cause: unknown): cause is readonly GraphQLFormattedError[] {
  return Array.isArray(cause);
}

function describe(cause: unknown): string {
  const { code, reason, message } = cause as { code?: unknown; reason?: unknown; message?: unknown };
  return [code, reason, message].filter(Boolean).join(' ');
}
