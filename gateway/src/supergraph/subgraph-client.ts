import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import { TXN_TOKEN_HEADER } from '@supergraph/auth-context/txn-token';
import { newRequestId, REQUEST_ID_HEADER } from '@supergraph/service/request-id';
import { Pool } from 'undici';
import type { TxnTokens } from './txn-tokens.js';

const CONNECTIONS = 128;
const LARGEST_ANSWER = 16 * 1024 * 1024;

export interface SubgraphAnswer {
  readonly status: number;
  /** The parsed JSON body. */
  readonly body: unknown;
}

/**
 * HTTP to one subgraph. Nothing of a client's request is copied: every header is written here. It follows no
 * redirect, waits no longer than the deadline for the whole answer, and reads no more than 16 MiB.
 */
export class SubgraphClient {
  readonly #pool: Pool;

  constructor(
    origin: string,
    private readonly tokens: TxnTokens,
    private readonly timeoutMs: number,
  ) {
    this.#pool = new Pool(origin, { connections: CONNECTIONS, maxResponseSize: LARGEST_ANSWER });
  }

  /** Posts a GraphQL request; rejects when no JSON answer comes in time. */
  async post(request: string, auth: AuthContext, requestId: string): Promise<SubgraphAnswer> {
    return this.#withDeadline(async (signal) => {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          [TXN_TOKEN_HEADER]: this.tokens.tokenFor(auth),
          [REQUEST_ID_HEADER]: requestId,
        },
        body: request,
        signal,
      });
      return { status: statusCode, body: await body.json() };
    });
  }

  /** Rejects unless the subgraph says that it could serve a query now, and accepts our signature. */
  async checkReady(): Promise<void> {
    const health = await this.#withDeadline(async (signal) => {
      const { statusCode, body } = await this.#pool.request({ method: 'GET', path: '/health/ready', signal });
      await body.dump();
      return statusCode;
    });
    if (health !== 200) throw new Error(`it is not ready: status ${health}`);
    const { status } = await this.post('{"query":"{ __typename }"}', ANONYMOUS, newRequestId());
    if (status !== 200) throw new Error(`it refuses a query: status ${status}`);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #withDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new Error(`no answer within ${this.timeoutMs} ms`)),
      this.timeoutMs,
    );
    try {
      return await work(deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
