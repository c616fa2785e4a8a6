import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { Logger } from 'pino';
import { SubgraphUnavailable } from '../request/gateway-errors.js';
import { LimitExceeded } from '../operation/limits/limit-exceeded.js';
import { LIMITS } from '../operation/limits/limits.js';
import type { RequestContext } from '../request/request-context.js';
import type { Clock } from '../request/clock.js';
import type { GraphQLResult, ResultShape } from './graphql-result.js';
import { FetchedOperations } from './fetched-operations.js';
import type { SubgraphResponse, SubgraphClient } from './subgraph-client.js';
import { faultyStatus } from './subgraph-fault.js';
import { CircuitOpen, type SubgraphGuard } from './subgraph-guard.js';
import { asUserInput, badUserInput, writeJson } from './subgraph-errors.js';

/** Status codes of a GraphQL response that rejects the request (GraphQL over HTTP, section "Status Codes"). */
const REJECTIONS: ReadonlySet<number> = new Set([400, 401, 403, 422]);

/** Fetches from one subgraph for Apollo's executor. If the subgraph fails, only its own fields are null. */
export class SubgraphDataSource implements GraphQLDataSource<RequestContext> {
  private readonly operations = new FetchedOperations();

  constructor(
    private readonly subgraph: string,
    private readonly client: SubgraphClient,
    private readonly guard: SubgraphGuard,
    /** Time limit for all fetches of an operation together, in milliseconds. */
    private readonly operationTimeoutMs: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async process(options: GraphQLDataSourceProcessOptions<RequestContext>): Promise<GraphQLResult> {
    if (!('incomingRequestContext' in options))
      throw new Error(`this is not a client's request: ${options.kind}`);
    const { query = '', variables, operationName } = options.request;
    const { context, incomingRequestContext } = options;
    const { identity, requestId, origin } = context;
    // Only the mutation itself carries the origin. Later fetches of the same operation are signed like those of a query.
    const auth = origin && isMutation(query) ? { ...identity, origin: origin() } : identity;
    const request = writeJson({ query, variables, operationName });
    if (request === null)
      return { data: null, errors: [badUserInput('The variables are nested too deeply.')] };
    const bytes = Buffer.byteLength(request);
    if (bytes > LIMITS.fetchBody) {
      const tooLarge = new LimitExceeded('fetchBody', bytes, LIMITS.fetchBody, 'BAD_USER_INPUT');
      return { data: null, errors: [tooLarge] };
    }
    const { shape, deadlineMs } = this.operations.of(query, incomingRequestContext.schema);
    const send = async (timeoutMs: number) => {
      const response = await this.client.post(request, auth, requestId, timeoutMs);
      return this.read(response, shape, variables?.['representations'], requestId);
    };
    try {
      // The time limit starts with the first fetch.
      context.deadline ??= this.clock.now() + this.operationTimeoutMs;
      if (deadlineMs !== null) context.deadline = Math.min(context.deadline, this.clock.now() + deadlineMs);
      const { deadline } = context;
      return await this.guard.fetch(send, { deadline, mayRepeat: isQuery(query) });
    } catch (error) {
      // The errors that opened the breaker are in the log already.
      const level = error instanceof CircuitOpen ? 'debug' : 'error';
      this.logger[level]({ err: error, subgraph: this.subgraph, requestId }, 'subgraph did not respond');
      const { message, code } = new SubgraphUnavailable(this.subgraph);
      return { data: null, errors: shape.paths.map((path) => ({ message, path, extensions: { code } })) };
    }
  }

  private read(
    { status, body }: SubgraphResponse,
    shape: ResultShape,
    representations: unknown,
    requestId: string,
  ): GraphQLResult {
    if (status === 401 && this.client.isSigned)
      throw new Error('the subgraph rejected our token: check that both have the same secret and clock');
    const isOk = status >= 200 && status < 300;
    if (!isOk && !REJECTIONS.has(status)) throw faultyStatus(status);
    shape.check(body, representations);
    if (isOk || !body.errors) return body;
    const codes = body.errors.map(({ extensions }) => extensions?.['code']);
    this.logger.warn({ subgraph: this.subgraph, codes, requestId }, 'subgraph rejected the request');
    return { data: null, errors: body.errors.map(asUserInput) };
  }
}

/** Whether a document, as the planner prints it, is a query and thus safe to repeat. */
function isQuery(operation: string): boolean {
  return operation.startsWith('query') || operation.startsWith('{');
}

function isMutation(operation: string): boolean {
  return operation.startsWith('mutation');
}
