import { executeQueryPlan, type GraphQLDataSource } from '@apollo/gateway';
import { HeaderMap, type ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Withheld } from '../authorization/withheld.js';
import type { ExecutorRequest, SubscriptionPlan, SubscriptionSlot } from '../subscriptions/plan/plan.js';
import type { UpstreamEvent } from '../subscriptions/plan/upstream-event.js';
import type { RequestContext } from '../request-context.js';
import { SupergraphVersion, SELECTS_NOTHING, type SupergraphVersionOptions } from './supergraph-version.js';
import { coerceVariables, type Variables } from './variables.js';

type GatewayInterface = ApolloServerOptionsWithGateway<RequestContext>['gateway'];
type Loaded = ReturnType<GatewayInterface['load']>;
type Listener = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];
type Result = ExecutionResult<Record<string, unknown>>;

/**
 * The gateway that Apollo Server works with. Apollo's own plans subscriptions but refuses to execute them; this one
 * plans one for whoever asks with a slot, and `complete` runs the plan for one event. Its supergraph can be
 * exchanged: each request is served by the supergraph that it was validated against, whatever comes meanwhile.
 */
export class SupergraphGateway implements GatewayInterface {
  private readonly options: SupergraphVersionOptions;
  private readonly listeners = new Set<Listener>();
  private readonly versions = new WeakMap<GraphQLSchema, SupergraphVersion>();
  private current: SupergraphVersion | undefined;
  private loads = 0;

  constructor({ dataSources, ...options }: SupergraphVersionOptions) {
    this.options = { ...options, dataSources: Object.assign(Object.create(null), dataSources) };
  }

  /** The number of the supergraph that new requests are served by; it only grows. */
  get version(): number {
    return this.current?.number ?? 0;
  }

  async load(): Loaded {
    const number = ++this.loads;
    this.takeUp(await SupergraphVersion.load(number, this.options));
    return { executor: (request) => this.execute(request as ExecutorRequest) };
  }

  /**
   * Exchanges the supergraph. When it returns, Apollo Server has the new one, too.
   * @throws for a supergraph that cannot be served; everything stays as it was then
   */
  async reload(supergraphSdl: string): Promise<void> {
    const number = ++this.loads;
    this.takeUp(await SupergraphVersion.load(number, { ...this.options, supergraphSdl }));
  }

  onSchemaLoadOrUpdate(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.listeners.clear();
  }

  /** Completes one event of a live operation; the result is not formatted yet. */
  async complete(
    plan: SubscriptionPlan,
    request: ExecutorRequest,
    event: UpstreamEvent,
  ): Promise<ExecutionResult> {
    const { withheld } = plan;
    if (!withheld) return this.completeVisible(plan, request, event);
    const { identity } = request.context as RequestContext;
    const { variables, errors } = coerceVariables(plan.schema.graphql, request);
    if (errors) return { errors };
    return withheld.answer(request, variables, identity, (visible) =>
      this.completeVisible(plan, visible, event),
    );
  }

  private async completeVisible(
    plan: SubscriptionPlan,
    request: ExecutorRequest,
    event: UpstreamEvent,
  ): Promise<Result> {
    const { primary, completion, schema, restore } = plan;
    const { dataSources } = this.options;
    const remote = dataSources[primary.serviceName];
    const answeredByEvent: GraphQLDataSource = {
      process: async (options) =>
        options.request.query === primary.operation ? event : (remote?.process(options) ?? {}),
    };
    const services = Object.assign(Object.create(null), dataSources, {
      [primary.serviceName]: answeredByEvent,
    });
    // The executor collects error paths in the request's metrics; a long-lived request must not grow by that.
    const once = { ...request, metrics: {} };
    const { operationContext, supergraph, api } = schema;
    return restore(await executeQueryPlan(completion, services, once, operationContext, supergraph, api));
  }

  private takeUp(version: SupergraphVersion): void {
    const { schema: apiSchema, sdl: coreSupergraphSdl } = version;
    this.versions.set(apiSchema, version);
    for (const listener of this.listeners) listener({ apiSchema, coreSupergraphSdl });
    this.current = version;
  }

  private async execute(request: ExecutorRequest): Promise<Result> {
    // Apollo Server leaves it to the executor to say that there is no operation of that name.
    const operation = request.operation as OperationDefinitionNode | undefined;
    if (!operation)
      return { errors: [new GraphQLError('The document has no such operation, or more than one.')] };
    const version = this.versions.get(request.schema);
    if (!version) throw new Error('a request was validated against a schema that is not ours');
    const { identity, slot } = request.context as RequestContext;
    const isLive = operation.operation === OperationTypeNode.SUBSCRIPTION;
    if (isLive && !slot) return { errors: [NOT_STREAMED] };
    if (operation.operation === OperationTypeNode.MUTATION && mayOnlyRead(request))
      return { errors: [NOT_BY_GET] };
    // Before all that looks at them: Apollo's executor makes an error of each bad value, however many there are.
    const { variables, errors } = coerceVariables(version.schema, request);
    if (errors) return { errors };
    const withheld = version.authorization.check(request, identity);
    if (isLive && slot) return plan(request, slot, variables, version, withheld);
    const result = await (withheld
      ? withheld.answer(request, variables, identity, version.execute)
      : version.execute(request));
    // Apollo tells there why a null is null, in words about subgraphs that are nobody's business outside.
    if (result.extensions) delete result.extensions['valueCompletion'];
    return result;
  }
}

/** Stands where the execution of a subscription would be: plans it, and leaves the plan with the prober. */
async function plan(
  request: ExecutorRequest,
  slot: SubscriptionSlot,
  variables: Variables,
  version: SupergraphVersion,
  withheld: Withheld | null,
): Promise<Result> {
  const visible = withheld ? withheld.visibleOf(request) : request;
  if (visible) {
    slot.prepared = { plan: version.plan(visible, withheld), request };
    return { data: {} };
  }
  const { identity } = request.context as RequestContext;
  const refused = await withheld?.answer(request, variables, identity, version.execute);
  return { errors: refused?.errors ?? [SELECTS_NOTHING] };
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
