import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { Kind, parse, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import type { Logger } from 'pino';
import { SubgraphUnavailable } from '../gateway-errors.js';
import type { RequestContext } from '../request-context.js';
import type { SubgraphAnswer, SubgraphClient } from './subgraph-client.js';
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
    private readonly logger: Logger,
  ) {}

  async process(options: GraphQLDataSourceProcessOptions<RequestContext>): Promise<GraphQLResult> {
    if (!('incomingRequestContext' in options)) throw new Error(`nobody asked for this: ${options.kind}`);
    const { query = '', variables, operationName } = options.request;
    const { identity, requestId } = options.context;
    const request = writeJson({ query, variables, operationName });
    if (request === null)
      return { data: null, errors: [badUserInput('The variables are nested too deeply.')] };
    try {
      return this.#read(await this.client.post(request, identity, requestId), requestId);
    } catch (error) {
      this.logger.error({ err: error, subgraph: this.subgraph, requestId }, 'subgraph did not answer');
      const { message, code } = new SubgraphUnavailable(this.subgraph);
      return { data: null, errors: pathsOf(query).map((path) => ({ message, path, extensions: { code } })) };
    }
  }

  #read({ status, body }: SubgraphAnswer, requestId: string): GraphQLResult {
    const result = body as GraphQLResult | null;
    if (status === 401)
      throw new Error('it refuses our signature: do both sides have the same secret and time?');
    if (status !== 200 && status !== 400) throw new Error(`status ${status}`);
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
