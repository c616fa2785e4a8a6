import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { Kind, parse, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { SUBGRAPH_BODY_LIMIT } from '@supergraph/service/graphql-endpoint';
import type { Logger } from 'pino';
import { SubgraphUnavailable } from '../gateway-errors.js';
import type { RequestContext } from '../request-context.js';
import type { Clock } from '../clock.js';
import { deadlineOf } from './refresh-deadline.js';
import type { SubgraphAnswer, SubgraphClient } from './subgraph-client.js';
import { faultyStatus } from './subgraph-fault.js';
import { CircuitOpen, type SubgraphGuard } from './subgraph-guard.js';
import { asUserInput, badUserInput, writeJson } from './subgraph-errors.js';

interface GraphQLResult {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
}

/** What Apollo's executor calls to fetch from one subgraph. A subgraph that fails costs its own fields and no more. */
export class SubgraphDataSource implements GraphQLDataSource<RequestContext> {
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
    const { context } = options;
    const { identity, requestId, origin } = context;
    // A mutation's own fields alone: what is read for its answer is signed for as in a query.
    const auth = origin && isMutation(query) ? { ...identity, origin: origin() } : identity;
    const request = writeJson({ query, variables, operationName });
    if (request === null)
      return { data: null, errors: [badUserInput('The variables are nested too deeply.')] };
    // Larger than what the client has sent: a number of five characters may be written in twenty.
    if (Buffer.byteLength(request) > SUBGRAPH_BODY_LIMIT)
      return { data: null, errors: [badUserInput('The variables are too large.')] };
    const ask = async (timeoutMs: number) =>
      this.#read(await this.client.post(request, auth, requestId, timeoutMs), requestId);
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
      return { data: null, errors: pathsOf(query).map((path) => ({ message, path, extensions: { code } })) };
    }
  }

  #read({ status, body }: SubgraphAnswer, requestId: string): GraphQLResult {
    const result = body as GraphQLResult | null;
    if (status === 401)
      throw new Error('it refuses our signature: do both sides have the same secret and time?');
    if (status !== 200 && status !== 400) throw faultyStatus(status);
    if (
      typeof result !== 'object' ||
      result === null ||
      !('data' in result || Array.isArray(result.errors))
    ) {
      throw new Error('the answer is no GraphQL result');
    }
    if (status === 200 || !result.errors) return result;
    const codes = result.errors.map(({ extensions }) => extensions?.code);
    this.logger.warn({ subgraph: this.subgraph, codes, requestId }, 'subgraph refused the request');
    return { data: null, errors: result.errors.map(asUserInput) };
  }
}

/** By how the planner prints it; what is neither is not to be sent twice. */
function isQuery(operation: string): boolean {
  return operation.startsWith('query') || operation.startsWith('{');
}

function isMutation(operation: string): boolean {
  return operation.startsWith('mutation');
}

/** Where in the fetched data the fields are that will be missing: each root field, or the first entity. */
function pathsOf(query: string): (string | number)[][] {
  const operation = parse(query).definitions.find(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  );
  const names = (operation?.selectionSet.selections ?? []).flatMap((node) =>
    node.kind === Kind.FIELD ? [node.alias?.value ?? node.name.value] : [],
  );
  return names.map((name) => (name === '_entities' ? [name, 0] : [name]));
}
