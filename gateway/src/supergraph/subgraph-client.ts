import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import { TXN_TOKEN_HEADER } from '@supergraph/auth-context/txn-token';
import { GRAPHQL_PATH } from '@supergraph/service/graphql-endpoint';
import { newRequestId, REQUEST_ID_HEADER } from '@supergraph/service/request-id';
import { TIMEOUT_HEADER } from '@supergraph/service/request-deadline';
import { Pool, type Dispatcher } from 'undici';
import { faultyStatus, SubgraphFault } from './subgraph-fault.js';
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
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly tokens: TxnTokens,
    private readonly timeoutMs: number,
  ) {
    // The deadline for the whole answer makes undici's own timers superfluous.
    this.pool = new Pool(origin, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  }

  /**
   * Posts a GraphQL request; rejects when no JSON answer comes in time.
   * @param timeoutMs how long somebody waits for it; the subgraph is told
   */
  async post(
    request: string,
    auth: AuthContext,
    requestId: string,
    timeoutMs = this.timeoutMs,
  ): Promise<SubgraphAnswer> {
    const { status, text } = await this.request(
      {
        method: 'POST',
        path: GRAPHQL_PATH,
        headers: {
          'content-type': 'application/json',
          [TXN_TOKEN_HEADER]: this.tokens.tokenFor(auth),
          [REQUEST_ID_HEADER]: requestId,
          [TIMEOUT_HEADER]: String(timeoutMs),
        },
        body: request,
      },
      timeoutMs,
    );
    if (status > 500) throw faultyStatus(status);
    return { status, body: parseJson(text, status) };
  }

  /** Gets JSON from another of its addresses; rejects when none comes in time. */
  async get(path: string, auth: AuthContext): Promise<SubgraphAnswer> {
    const headers = {
      accept: 'application/json',
      [TXN_TOKEN_HEADER]: this.tokens.tokenFor(auth),
      [REQUEST_ID_HEADER]: newRequestId(),
    };
    const { status, text } = await this.request({ method: 'GET', path, headers });
    return { status, body: parseJson(text, status) };
  }

  /** Rejects unless the subgraph says that it could serve a query now, and accepts our signature. */
  async checkReady(): Promise<void> {
    const health = await this.request({ method: 'GET', path: '/health/ready' });
    if (health.status !== 200) throw new Error(`it is not ready: status ${health.status}`);
    const { status } = await this.post('{"query":"{ __typename }"}', ANONYMOUS, newRequestId());
    if (status !== 200) throw new Error(`it refuses a query: status ${status}`);
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  /** undici's `request` would do, but its stream and abort signal cost as much as the rest of the hop. */
  private request(
    options: Dispatcher.DispatchOptions,
    timeoutMs = this.timeoutMs,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      let status = 0;
      let abort: ((error: Error) => void) | undefined;
      let failure: Error | undefined;
      const fail = (error: Error) => {
        clearTimeout(deadline);
        failure ??= error;
        abort?.(failure);
        reject(failure);
      };
      const deadline = setTimeout(() => fail(this.late(timeoutMs)), timeoutMs);
      // Of undici's two forms of handler, the one that does not parse headers that nobody reads.
      this.pool.dispatch(options, {
        onConnect(abortRequest) {
          abort = abortRequest;
          if (failure) abort(failure);
        },
        onHeaders(statusCode) {
          status = statusCode;
          return true;
        },
        onData(chunk) {
          size += chunk.length;
          if (size > LARGEST_ANSWER) fail(TOO_LARGE);
          else chunks.push(chunk);
          return true;
        },
        onComplete() {
          clearTimeout(deadline);
          const answer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
          resolve({ status, text: answer?.toString() ?? '' });
        },
        onError: fail,
      });
    });
  }

  /** An operation that has spent its time elsewhere is no reason to think ill of this subgraph. */
  private late(timeoutMs: number): SubgraphFault {
    const kind = timeoutMs < this.timeoutMs / 2 ? 'excused' : 'faulty';
    return new SubgraphFault(`no answer within ${timeoutMs} ms`, kind);
  }
}

/** It was the client who asked for so much. */
const TOO_LARGE = new SubgraphFault(`the answer is larger than ${LARGEST_ANSWER} bytes`, 'excused');

function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the answer is no JSON: status ${status}, ${text.length} characters`);
  }
}
