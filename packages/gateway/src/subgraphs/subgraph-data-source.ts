import type { Fetch, GraphQLResult } from '@kit/executor';
import type { Logger } from 'pino';
import { SubgraphUnavailable } from '../request/gateway-errors.js';
import { LimitExceeded } from '../operation/limits/limit-exceeded.js';
import { LIMITS } from '../operation/limits/limits.js';
import type { RequestContext } from '../request/request-context.js';
import type { Clock } from '../request/clock.js';
import type { SubgraphResponse, SubgraphClient } from './subgraph-client.js';
import { faultyStatus } from './subgraph-fault.js';
import { CircuitOpen, type SubgraphGuard } from './subgraph-guard.js';
import { asUserInput, withoutHttp } from './subgraph-errors.js';

/** Status codes of a GraphQL response that rejects the request (GraphQL over HTTP, section "Status Codes"). */
const REJECTIONS: ReadonlySet<number> = new Set([400, 401, 403, 422]);

/** One request of an operation to a subgraph. */
export interface SubgraphRequest {
  readonly kind: Fetch['kind'];
  /** The body as JSON. */
  readonly body: string;
  readonly context: RequestContext;
  /** Time limit of the client's operation from the time at which this one is sent, in milliseconds; null without one. */
  readonly deadlineMs: number | null;
  /** @throws InvalidGraphQLResult when a response is not a result of the request */
  readonly check: (response: unknown) => GraphQLResult;
}

/** Where the gateway gets the data of one subgraph from. */
export interface DataSource {
  /** @throws SubgraphUnavailable when there is no usable response */
  send(request: SubgraphRequest): Promise<GraphQLResult>;
}

/** Sends requests to one subgraph. If the subgraph fails, only its own fields are null. */
export class SubgraphDataSource implements DataSource {
  constructor(
    private readonly subgraph: string,
    private readonly client: SubgraphClient,
    private readonly guard: SubgraphGuard,
    /** Time limit for all requests of an operation together, in milliseconds. */
    private readonly operationTimeoutMs: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async send({ kind, body, context, deadlineMs, check }: SubgraphRequest): Promise<GraphQLResult> {
    const { identity, requestId, origin } = context;
    // Only the mutation itself carries the origin. Later requests of the same operation are signed like those of a query.
    const auth = origin && kind === 'mutation' ? { ...identity, origin: origin() } : identity;
    const bytes = Buffer.byteLength(body);
    if (bytes > LIMITS.fetchBody)
      return {
        data: null,
        errors: [new LimitExceeded('fetchBody', bytes, LIMITS.fetchBody, 'BAD_USER_INPUT')],
      };
    const send = async (timeoutMs: number) =>
      this.read(await this.client.post(body, auth, requestId, timeoutMs), check, requestId);
    try {
      // The time limit starts with the first request.
      context.deadline ??= this.clock.now() + this.operationTimeoutMs;
      if (deadlineMs !== null) context.deadline = Math.min(context.deadline, this.clock.now() + deadlineMs);
      const { deadline } = context;
      return await this.guard.fetch(send, { deadline, mayRepeat: kind === 'query' });
    } catch (error) {
      // The errors that opened the breaker are in the log already.
      const level = error instanceof CircuitOpen ? 'debug' : 'error';
      this.logger[level]({ err: error, subgraph: this.subgraph, requestId }, 'subgraph did not respond');
      throw new SubgraphUnavailable(this.subgraph);
    }
  }

  private read(
    { status, body }: SubgraphResponse,
    check: SubgraphRequest['check'],
    requestId: string,
  ): GraphQLResult {
    if (status === 401 && this.client.isSigned)
      throw new Error('the subgraph rejected our token: check that both have the same secret and clock');
    const isOk = status >= 200 && status < 300;
    if (!isOk && !REJECTIONS.has(status)) throw faultyStatus(status);
    const result = check(body);
    if (!result.errors) return result;
    const errors = result.errors.map(withoutHttp);
    if (isOk) return { ...result, errors };
    const codes = errors.map(({ extensions }) => extensions?.['code']);
    this.logger.warn({ subgraph: this.subgraph, codes, requestId }, 'subgraph rejected the request');
    return { data: null, errors: errors.map(asUserInput) };
  }
}
