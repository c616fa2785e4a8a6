import { ANONYMOUS, type AuthContext, TXN_TOKEN_HEADER } from '@kit/auth';

import { newRequestId, REQUEST_ID_HEADER, TIMEOUT_HEADER } from '@kit/service';

import { Pool, type Dispatcher } from 'undici';
import { faultyStatus, SubgraphFault } from './subgraph-fault.js';
import type { Address } from './subgraph-options.js';
import type { TxnTokens } from './txn-tokens.js';

const CONNECTIONS = 128;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

export interface SubgraphResponse {
  readonly status: number;
  /** The parsed JSON body. */
  readonly body: unknown;
}

/**
 * HTTP client of one subgraph. It copies no headers from the client's request, follows no redirects, enforces one
 * deadline for the whole response, and reads at most 16 MiB.
 */
export class SubgraphClient {
  private readonly pool: Pool;

  /** @param tokens null when the subgraph verifies none */
  constructor(
    private readonly address: Address,
    private readonly tokens: TxnTokens | null,
    private readonly timeoutMs: number,
  ) {
    // The deadline for the whole response replaces undici's own timeouts.
    this.pool = new Pool(address.origin, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** Whether requests carry a transaction token. */
  get isSigned(): boolean {
    return this.tokens !== null;
  }

  /**
   * Posts a GraphQL request. Rejects on a timeout, and on a response that is not JSON.
   * @param timeoutMs also sent to the subgraph, so that it can stop in time
   */
  async post(
    request: string,
    auth: AuthContext,
    requestId: string,
    timeoutMs = this.timeoutMs,
  ): Promise<SubgraphResponse> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      [REQUEST_ID_HEADER]: requestId,
      [TIMEOUT_HEADER]: String(timeoutMs),
    };
    if (this.tokens) headers[TXN_TOKEN_HEADER] = this.tokens.tokenFor(auth);
    const options: Dispatcher.DispatchOptions = {
      method: 'POST',
      path: this.address.path,
      headers,
      body: request,
    };
    const { status, text } = await this.request(options, timeoutMs);
    if (status > 500) throw faultyStatus(status);
    return { status, body: parseJson(text, status) };
  }

  /** Gets JSON from another path at the subgraph's origin. Rejects on a timeout, and on a response that is not JSON. */
  async get(path: string, auth: AuthContext): Promise<SubgraphResponse> {
    const headers = {
      accept: 'application/json',
      ...(this.tokens && { [TXN_TOKEN_HEADER]: this.tokens.tokenFor(auth) }),
      [REQUEST_ID_HEADER]: newRequestId(),
    };
    const { status, text } = await this.request({ method: 'GET', path, headers });
    return { status, body: parseJson(text, status) };
  }

  /** Rejects unless the subgraph accepts a query. */
  async checkQuery(): Promise<void> {
    const { status } = await this.post('{"query":"{ __typename }"}', ANONYMOUS, newRequestId());
    if (status !== 200) throw new Error(`the subgraph rejected a query: status ${status}`);
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  /**
   * Uses `dispatch`, since the stream and abort signal of undici's `request` cost as much as the rest of the request.
   */
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
      const deadline = setTimeout(() => fail(this.timeoutFault(timeoutMs)), timeoutMs);
      // undici's older handler interface, which does not parse the response headers.
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
          if (size > MAX_RESPONSE_BYTES) fail(TOO_LARGE);
          else chunks.push(chunk);
          return true;
        },
        onComplete() {
          clearTimeout(deadline);
          const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
          resolve({ status, text: body?.toString() ?? '' });
        },
        onError: fail,
      });
    });
  }

  /** The subgraph is not at fault if the operation had used up most of its time elsewhere. */
  private timeoutFault(timeoutMs: number): SubgraphFault {
    const kind = timeoutMs < this.timeoutMs / 2 ? 'ignored' : 'faulty';
    return new SubgraphFault(`no response within ${timeoutMs} ms`, kind);
  }
}

/** Not the subgraph's fault: the client's operation selects too much. */
const TOO_LARGE = new SubgraphFault(`the response is larger than ${MAX_RESPONSE_BYTES} bytes`, 'ignored');

function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (status >= 400) throw faultyStatus(status);
    throw new Error(`the response is not JSON: status ${status}, ${text.length} characters`);
  }
}
