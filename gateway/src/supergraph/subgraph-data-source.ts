import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { Logger } from 'pino';
import { SubgraphUnavailable } from '../gateway-errors.js';
import { LimitExceeded } from '../limits/limit-exceeded.js';
import { LIMITS } from '../limits/limits.js';
import type { RequestContext } from '../request-context.js';
import type { Clock } from '../clock.js';
import type { GraphQLResult, ResultShape } from './graphql-result.js';
import { deadlineOf } from './refresh-deadline.js';
import { ResultShapes } from './result-shapes.js';
import type { SubgraphAnswer, SubgraphClient } from './subgraph-client.js';
import { faultyStatus } from './subgraph-fault.js';
import { CircuitOpen, type SubgraphGuard } from './subgraph-guard.js';
import { asUserInput, badUserInput, writeJson } from './subgraph-errors.js';

/** What Apollo's executor calls to fetch from one subgraph. A subgraph that fails costs its own fields and no more. */
export class SubgraphDataSource implements GraphQLDataSource<RequestContext> {
  private readonly shapes = new ResultShapes();

  constructor(
    private readonly subgraph: string,
    private readonly client: SubgraphClient,
    private readonly guard: SubgraphGuard,
    /** How long all fetches of an operation may take together, in milliseconds. */
    private readonly operationTimeoutMs: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async process(options: GraphQLDataSourceProcessOptions<RequestContext>): Promise<GraphQLResult> {
    if (!('incomingRequestContext' in options)) throw new Error(`nobody asked for this: ${options.kind}`);
    const { query = '', variables, operationName } = options.request;
    const { context, incomingRequestContext } = options;
    const { identity, requestId, origin } = context;
    // A mutation's own fields alone: what is read for its answer is signed for as in a query.
    const auth = origin && isMutation(query) ? { ...identity, origin: origin() } : identity;
    const request = writeJson({ query, variables, operationName });
    if (request === null)
      return { data: null, errors: [badUserInput('The variables are nested too deeply.')] };
    const bytes = Buffer.byteLength(request);
    if (bytes > LIMITS.fetchBody) {
      const tooLarge = new LimitExceeded('fetchBody', bytes, LIMITS.fetchBody, 'BAD_USER_INPUT');
      return { data: null, errors: [tooLarge] };
    }
    const shape = this.shapes.of(query, incomingRequestContext.schema);
    const ask = async (timeoutMs: number) => {
      const answer = await this.client.post(request, auth, requestId, timeoutMs);
      return this.read(answer, shape, variables?.['representations'], requestId);
    };
    try {
      // From the first fetch on: what comes before waits for nobody.
      context.deadline ??= this.clock.now() + this.operationTimeoutMs;
      const deadline = (context.deadline = deadlineOf(query, context.deadline, this.clock));
      return await this.guard.fetch(ask, { deadline, mayRepeat: isQuery(query) });
    } catch (error) {
      // Why the breaker opened is in the log already.
      const level = error instanceof CircuitOpen ? 'debug' : 'error';
      this.logger[level]({ err: error, subgraph: this.subgraph, requestId }, 'subgraph did not answer');
      const { message, code } = new SubgraphUnavailable(this.subgraph);
      return { data: null, errors: shape.paths.map((path) => ({ message, path, extensions: { code } })) };
    }
  }

  private read(
    { status, body }: SubgraphAnswer,
    shape: ResultShape,
    representations: unknown,
    requestId: string,
  ): GraphQLResult {
    if (status === 401)
      throw new Error('it refuses our signature: do both sides have the same secret and time?');
    if (status !== 200 && status !== 400) throw faultyStatus(status);
    shape.check(body, representations);
    if (status === 200 || !body.errors) return body;
    const codes = body.errors.map(({ extensions }) => extensions?.['code']);
    this.logger.warn({ subgraph: this.subgraph, codes, requestId }, 'subgraph refused the request');
    return { data: null, errors: body.errors.map(asUserInput) };
  }
}

/** By how the planner prints it; what is neither is not to be sent twice. */
function isQuery(operation: string): boolean {
  return operation.startsWith('query') || operation.startsWith('{');
}

function isMutation(operation: string): boolean {
  return operation.startsWith('mutation');
}
