import {
  ApolloGateway,
  buildOperationContext,
  executeQueryPlan,
  type GraphQLDataSource,
} from '@apollo/gateway';
import { HeaderMap } from '@apollo/server';
import { operationFromDocument, type Schema } from '@apollo/federation-internals';
import type { QueryPlanner } from '@apollo/query-planner';
import { StartUpError } from '@supergraph/service/start-up';
import {
  getVariableValues,
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type OperationDefinitionNode,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { liveFields, type Audience } from '../live/live-fields.js';
import type { ExecutorRequest, LivePlan } from '../live/plan.js';
import { afterVariable, planUpstream } from '../live/upstream-plan.js';
import type { RequestContext } from '../request-context.js';

const CACHED_PLANS = 500;

/** Everything that belongs to one loaded supergraph. */
interface Generation {
  readonly planner: QueryPlanner;
  readonly schema: GraphQLSchema;
  readonly api: Schema;
  readonly supergraph: GraphQLSchema;
  readonly plans: LRUCache<string, LivePlan>;
  readonly liveFields: ReadonlyMap<string, Audience>;
  readonly number: number;
}

/** What an upstream sent for one event. */
export interface UpstreamEvent {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: ExecutionResult['errors'];
}

/**
 * Apollo's gateway, which plans subscriptions but refuses to execute them, taught to serve them: `executor` plans
 * one for whoever asks with a probe, and `complete` runs the plan for one event.
 */
export class SupergraphGateway extends ApolloGateway {
  readonly #dataSources: Record<string, GraphQLDataSource>;
  #generation: Generation | undefined;

  constructor(options: {
    supergraphSdl: string;
    dataSources: Record<string, GraphQLDataSource>;
    logger: Logger;
  }) {
    const dataSources: Record<string, GraphQLDataSource> = Object.assign(
      Object.create(null),
      options.dataSources,
    );
    super({
      supergraphSdl: options.supergraphSdl,
      logger: options.logger,
      buildService: ({ name }) => {
        const dataSource = dataSources[name];
        if (!dataSource)
          throw new StartUpError(`the supergraph names a subgraph without an address: ${name}`);
        return dataSource;
      },
    });
    this.#dataSources = dataSources;
    const execute = this.executor;
    this.executor = async (request) => {
      // Apollo Server leaves it to the executor to say that there is no operation of that name.
      const operation = request.operation as OperationDefinitionNode | undefined;
      if (!operation)
        return { errors: [new GraphQLError('The document has no such operation, or more than one.')] };
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) return this.#plan(request);
      if (operation.operation === OperationTypeNode.MUTATION && mayOnlyRead(request))
        return { errors: [NOT_BY_GET] };
      const result = await execute(request);
      // Apollo tells there why a null is null, in words about subgraphs that are nobody's business outside.
      if (result.extensions) delete result.extensions['valueCompletion'];
      return result;
    };
    this.onSchemaLoadOrUpdate(({ apiSchema, coreSupergraphSdl }) =>
      this.#takeUp(apiSchema, coreSupergraphSdl),
    );
  }

  /** Completes one event of a live operation; the result is not formatted yet. */
  async complete(plan: LivePlan, request: ExecutorRequest, event: UpstreamEvent): Promise<ExecutionResult> {
    const { primary, completion, schema } = plan;
    const remote = this.#dataSources[primary.serviceName];
    const answeredByEvent: GraphQLDataSource = {
      process: async (options) =>
        options.request.query === primary.operation ? event : (remote?.process(options) ?? {}),
    };
    const services = Object.assign(Object.create(null), this.#dataSources, {
      [primary.serviceName]: answeredByEvent,
    });
    // The executor collects error paths in the request's metrics; a long-lived request must not grow by that.
    const once = { ...request, metrics: {} };
    return executeQueryPlan(
      completion,
      services,
      once,
      schema.operationContext,
      schema.supergraph,
      schema.api,
    );
  }

  #takeUp(schema: GraphQLSchema, supergraphSdl: string): void {
    const planner = this.__testing().queryPlanner;
    if (!planner) throw new Error('a supergraph was loaded without a query planner');
    const { supergraph } = planner;
    this.#generation = {
      planner,
      schema,
      api: supergraph.apiSchema(),
      supergraph: supergraph.schema.toGraphQLJSSchema(),
      plans: new LRUCache({ max: CACHED_PLANS }),
      liveFields: liveFields(supergraphSdl),
      number: (this.#generation?.number ?? 0) + 1,
    };
  }

  /** Stands where the execution of a subscription would be: plans it, and leaves the plan with the prober. */
  async #plan(request: ExecutorRequest): Promise<ExecutionResult<Record<string, unknown>>> {
    const { probe } = request.context as RequestContext;
    if (!probe) return { errors: [NOT_STREAMED] };
    const generation = this.#generation;
    if (!generation) throw new Error('no supergraph is loaded');
    const { errors } = getVariableValues(
      generation.schema,
      request.operation.variableDefinitions ?? [],
      request.request.variables ?? {},
    );
    if (errors) return { errors };
    probe.found = { plan: planFor(request, generation), request };
    return { data: {} };
  }
}

/** What to do about a subscription whose client takes no stream. */
export const NOT_STREAMED = new GraphQLError(
  'Subscriptions are streamed. At this address, use WebSocket (sub-protocol graphql-transport-ws), or send ' +
    '`Accept: text/event-stream` (GET or POST) or `Accept: multipart/mixed;subscriptionSpec=1.0` (POST).',
  { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } },
);

const NOT_BY_GET = new GraphQLError('A GET cannot run a mutation; send it by POST.', {
  extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: new HeaderMap([['allow', 'POST']]) } },
});

function mayOnlyRead({ context }: ExecutorRequest): boolean {
  return (context as RequestContext).mayOnlyRead === true;
}

function planFor(request: ExecutorRequest, generation: Generation): LivePlan {
  const { operationName } = request.request;
  const key = `${request.queryHash} ${operationName ?? ''}`;
  const cached = generation.plans.get(key);
  if (cached) return cached;

  const operation = operationFromDocument(generation.api, request.document, { operationName });
  const { node } = generation.planner.buildQueryPlan(operation);
  if (node?.kind !== 'Subscription') throw new GraphQLError('This subscription selects nothing.');
  const { primary, rest } = node;
  const upstream = planUpstream(primary, generation.schema);
  const plan: LivePlan = {
    primary,
    completion: { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary },
    upstream,
    audience: generation.liveFields.get(upstream.field.name.value) ?? 'VIEWER',
    afterVariable: upstream.resumption && afterVariable(upstream.field, request.document),
    generation: generation.number,
    schema: {
      graphql: generation.schema,
      operationContext: buildOperationContext({
        schema: generation.schema,
        operationDocument: request.document,
        operationName,
      }),
      supergraph: generation.supergraph,
      api: generation.api,
    },
  };
  generation.plans.set(key, plan);
  return plan;
}
