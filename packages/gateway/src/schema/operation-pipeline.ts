import { ApolloServer, type GraphQLRequest } from '@apollo/server';
import type { ErrorFormatter } from '@kit/service';
import { getOperationAST, type FormattedExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import { asGraphQLError, formatErrors } from '../operation/error-response.js';
import { DocumentLimits } from '../operation/limits/document-limits.js';
import type { OperationRules } from '../operation/operation-rules.js';
import { DocumentRegistry } from '../operation/prepared/known-documents.js';
import type { PreparedDocument } from '../operation/prepared/prepared-document.js';
import type { ExecutorRequest, ExecutorResult } from '../request/executor-request.js';
import type { RequestContext } from '../request/request-context.js';
import { apolloOptions } from './apollo-options.js';
import type { SupergraphGateway } from './supergraph-gateway.js';

/** An operation as a client sends it. Empty values count as absent. */
export interface OperationRequest {
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

export interface OperationResponse {
  /** The HTTP status; undefined for 200. */
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly result: FormattedExecutionResult;
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/**
 * The way of every operation, on all transports. Apollo Server serves the first use of a document: it parses and
 * validates it, and checks the limits and the safelist. Later uses of the same text go straight to execution. They
 * check what depends on the request (variables, viewer, method) and have the same response.
 */
export class OperationPipeline {
  readonly server: ApolloServer<RequestContext>;
  readonly registry = new DocumentRegistry();
  private readonly limits: DocumentLimits;
  private readonly formatError: ErrorFormatter;

  constructor(
    private readonly gateway: SupergraphGateway,
    rules: OperationRules,
    logger: Logger,
  ) {
    this.limits = new DocumentLimits(rules.limits);
    this.formatError = rules.formatError;
    this.server = new ApolloServer(apolloOptions(gateway, rules, this.limits, this.registry, logger));
  }

  /** Runs an operation of an authenticated caller. */
  async run(sent: OperationRequest, context: RequestContext): Promise<OperationResponse> {
    const request = {
      query: sent.query || undefined,
      operationName: sent.operationName || undefined,
      variables: sent.variables ?? undefined,
      extensions: sent.extensions ?? undefined,
    } as GraphQLRequest;
    const prepared = this.registry.find(request);
    return prepared ? this.execute(prepared, request, context) : this.prepare(request, context);
  }

  private async prepare(request: GraphQLRequest, contextValue: RequestContext): Promise<OperationResponse> {
    const { body, http } = await this.server.executeOperation(request, { contextValue });
    if (body.kind !== 'single') throw new Error('an incremental result cannot be sent');
    return { status: http.status, headers: http.headers, result: body.singleResult };
  }

  private async execute(
    { schema, source, hash, document }: PreparedDocument,
    request: GraphQLRequest,
    context: RequestContext,
  ): Promise<OperationResponse> {
    const operation = getOperationAST(document, request.operationName) ?? undefined;
    const excess = operation && this.limits.costRejection(operation, request.variables);
    if (excess) return this.failed(excess, context);
    const executed = { request, context, schema, source, queryHash: hash, document, operation };
    try {
      return this.responseOf(await this.gateway.execute(executed as ExecutorRequest), context);
    } catch (error) {
      return this.failed(error, context);
    }
  }

  private responseOf(result: ExecutorResult, { requestId }: RequestContext): OperationResponse {
    if (!result.errors) return { status: undefined, headers: NO_HEADERS, result };
    const { errors, status, headers } = formatErrors(result.errors, requestId, this.formatError);
    const rejected = errors.length > 0 && result.data === undefined;
    return { status: status ?? (rejected ? 400 : undefined), headers, result: { ...result, errors } };
  }

  /** The response to a request that was not executed, or not to its end. */
  private failed(error: unknown, { requestId }: RequestContext): OperationResponse {
    const thrown = [asGraphQLError(error)];
    const { errors, status = 500, headers } = formatErrors(thrown, requestId, this.formatError);
    return { status, headers, result: { errors } };
  }
}
