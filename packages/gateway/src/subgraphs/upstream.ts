import type { AuthContext } from '@kit/auth';
import { InvalidGraphQLResult, isErrorList } from '@kit/executor';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { UpstreamEvent } from '../request/upstream-event.js';
import { LimitExceeded } from '../operation/limits/limit-exceeded.js';
import { LIMITS } from '../operation/limits/limits.js';
import { badUserInput, writeJson } from './subgraph-errors.js';
import type { TxnTokens } from './txn-tokens.js';
import type { UpstreamRequest, UpstreamTransport } from './upstream-transport.js';

/** Receives the events of an upstream subscription. `rejected`, `lost` and `complete` are final. */
export interface UpstreamSink {
  next(event: UpstreamEvent): void;
  /** The subgraph rejected the operation. */
  rejected(errors: readonly GraphQLFormattedError[]): void;
  /** The connection is lost. Events may have been missed. */
  lost(): void;
  complete(): void;
}

/** Subscriptions at one subgraph. Each has its own transaction token, unless the subgraph verifies none. */
export class Upstream {
  private activeCount = 0;

  constructor(
    readonly subgraph: string,
    private readonly transport: UpstreamTransport,
    private readonly tokens: TxnTokens | null,
    private readonly logger: Logger,
  ) {}

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
    const unsubscribe = this.transport.subscribe(request, this.tokens?.tokenFor(auth) ?? null, {
      next: (event) => {
        // graphql-js returns errors without data when it cannot create the event source. That is final.
        if (event.data === undefined && event.errors) {
          return finish(() => {
            unsubscribe();
            this.fail(asErrors(event.errors), sink);
          });
        }
        if (!over) sink.next(event);
      },
      error: (cause) => finish(() => this.fail(Array.isArray(cause) ? asErrors(cause) : cause, sink)),
      complete: () => finish(() => sink.complete()),
    });
    return () => finish(unsubscribe);
  }

  async close(): Promise<void> {
    await this.transport.close();
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

/** The errors from upstream, or InvalidGraphQLResult if they are malformed. */
function asErrors(errors: unknown): readonly GraphQLFormattedError[] | InvalidGraphQLResult {
  return isErrorList(errors) ? errors : new InvalidGraphQLResult('its `errors` are not a list of errors');
}

function describe(cause: unknown): string {
  const { code, reason, message } = cause as { code?: unknown; reason?: unknown; message?: unknown };
  return [code, reason, message].filter(Boolean).join(' ');
}
