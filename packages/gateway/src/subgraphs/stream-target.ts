import { ANONYMOUS, TXN_TOKEN_HEADER } from '@kit/auth';
import { REQUEST_ID_HEADER } from '@kit/service';
import type { Logger } from 'pino';
import { Pool, type Dispatcher } from 'undici';
import { SubgraphUnavailable } from '../request/gateway-errors.js';
import type { Address } from './subgraph-options.js';
import type { TxnTokens } from './txn-tokens.js';

/** Streams at a time to one subgraph. They have connections of their own, so that fetches do not wait for them. */
const CONNECTIONS = 128;

/** A request whose body is a stream. */
export interface StreamedRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** The path and the query string at the subgraph's origin. */
  readonly path: string;
  readonly type: string | undefined;
  readonly length: string | undefined;
  readonly body: NodeJS.ReadableStream | null;
  readonly requestId: string;
  /** Aborts the request and the response. */
  readonly signal: AbortSignal;
}

/**
 * Sends requests of any size to one subgraph. A time limit for each pause replaces that for the whole request. The circuit
 * breaker neither counts nor stops them: how long they take depends on the client.
 */
export class StreamTarget {
  private readonly pool: Pool;
  private active = 0;

  /**
   * @param tokens null when the subgraph verifies none
   * @param idleMs how long either side may take for the next bytes
   */
  constructor(
    private readonly subgraph: string,
    address: Address,
    private readonly tokens: TxnTokens | null,
    readonly idleMs: number,
    private readonly logger: Logger,
  ) {
    this.pool = new Pool(address.origin, {
      connections: CONNECTIONS,
      headersTimeout: idleMs,
      bodyTimeout: idleMs,
    });
  }

  /** @throws SubgraphUnavailable when there is no usable response */
  async send(request: StreamedRequest): Promise<Dispatcher.ResponseData> {
    const { method, path, type, length, body, requestId, signal } = request;
    try {
      if (this.active >= CONNECTIONS) throw new Error(`there are ${CONNECTIONS} streams already`);
      const response = await this.counted(() =>
        this.pool.request({
          method,
          path,
          headers: {
            [REQUEST_ID_HEADER]: requestId,
            ...(this.tokens && { [TXN_TOKEN_HEADER]: this.tokens.tokenFor(ANONYMOUS) }),
            ...(type !== undefined && { 'content-type': type }),
            ...(length !== undefined && { 'content-length': length }),
          },
          body: body as NonNullable<Dispatcher.RequestOptions['body']> | null,
          signal,
        }),
      );
      // A rejected token and a redirect are faults of the set-up. A server's own error page may tell too much.
      const { statusCode } = response;
      if (statusCode < 300 || (statusCode >= 400 && statusCode < 500 && statusCode !== 401)) return response;
      response.body.on('error', () => {}).destroy();
      throw new Error(`the subgraph responded to a stream with status ${statusCode}`);
    } catch (error) {
      if (!signal.aborted) this.log(error, requestId);
      throw new SubgraphUnavailable(this.subgraph);
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async counted(send: () => Promise<Dispatcher.ResponseData>): Promise<Dispatcher.ResponseData> {
    this.active += 1;
    const end = () => {
      this.active -= 1;
    };
    try {
      const response = await send();
      response.body.once('close', end);
      return response;
    } catch (error) {
      end();
      throw error;
    }
  }

  private log(error: unknown, requestId: string): void {
    this.logger.error(
      { err: error, subgraph: this.subgraph, requestId },
      'subgraph did not respond to a stream',
    );
  }
}
