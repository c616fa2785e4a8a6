import { HeaderMap, type ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  GraphQLError,
  OperationTypeNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Withheld } from '../operation/authorization/withheld.js';
import type { ExecutorRequest } from '../request/executor-request.js';
import type { SubscriptionPlan, SubscriptionSlot } from '../request/plan.js';
import type { UpstreamEvent } from '../request/upstream-event.js';
import { NOT_STREAMED } from '../request/not-streamed.js';
import type { RequestContext } from '../request/request-context.js';
import { SupergraphVersion, SELECTS_NOTHING, type SupergraphVersionOptions } from './supergraph-version.js';
import { coerceVariables, type Variables } from '../operation/variables.js';

type GatewayInterface = ApolloServerOptionsWithGateway<RequestContext>['gateway'];
type Loaded = ReturnType<GatewayInterface['load']>;
type Listener = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];
type Result = ExecutionResult<Record<string, unknown>>;

export interface SupergraphGatewayOptions extends SupergraphVersionOptions {
  /** A version that was loaded is in use from now on. */
  readonly onActivated?: () => void;
  /** A version could not be loaded. */
  readonly onRejected?: () => Promise<void>;
}

/**
 * The gateway behind Apollo Server. Apollo's own gateway does not execute subscriptions. This one plans a
 * subscription into the slot of its request, and `complete` runs the plan for each event. The supergraph can be
 * replaced at run time: each request is executed by the version that it was validated against.
 */
export class SupergraphGateway implements GatewayInterface {
  private readonly listeners = new Set<Listener>();
  private readonly versions = new WeakMap<GraphQLSchema, SupergraphVersion>();
  private current: SupergraphVersion | undefined;
  private lastNumber = 0;
  private notifyReloaded: (version: number) => void = () => {};

  constructor(private readonly options: SupergraphGatewayOptions) {}

  /** The number of the version in use. Each loaded version gets a higher number. */
  get version(): number {
    return this.current?.number ?? 0;
  }

  /** The names of the subgraphs of the supergraph in use. */
  get subgraphs(): readonly string[] {
    return this.current?.subgraphs ?? [];
  }

  /** Sets the function to call with the number of each version that replaces another. */
  onReload(listener: (version: number) => void): void {
    this.notifyReloaded = listener;
  }

  async load(): Loaded {
    await this.loadVersion(this.options);
    return { executor: (request) => this.execute(request) };
  }

  /**
   * Replaces the supergraph. Apollo Server uses the new one when this returns.
   * @throws when the supergraph is not usable; the current one stays in use
   */
  async reload(supergraphSdl: string): Promise<void> {
    this.notifyReloaded(await this.loadVersion({ ...this.options, supergraphSdl }));
  }

  onSchemaLoadOrUpdate(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.listeners.clear();
  }

  /** Executes the query plan of a subscription for one event. The result's errors are not formatted yet. */
  async complete(
    plan: SubscriptionPlan,
    request: ExecutorRequest,
    event: UpstreamEvent,
  ): Promise<ExecutionResult> {
    const { withheld } = plan;
    if (!withheld) return plan.complete(request, event);
    const { identity } = request.context as RequestContext;
    const { variables, errors } = coerceVariables(plan.schema.api, request);
    if (errors) return { errors };
    return withheld.execute(request, variables, identity, (visible) => plan.complete(visible, event));
  }

  private async loadVersion(options: SupergraphVersionOptions): Promise<number> {
    const number = ++this.lastNumber;
    try {
      this.activate(await SupergraphVersion.load(number, options));
    } catch (error) {
      await this.options.onRejected?.();
      throw error;
    }
    return number;
  }

  private activate(version: SupergraphVersion): void {
    const { schema: apiSchema, sdl: coreSupergraphSdl } = version;
    this.versions.set(apiSchema, version);
    for (const listener of this.listeners) listener({ apiSchema, coreSupergraphSdl });
    this.current = version;
    this.options.onActivated?.();
  }

  /** Executes an operation of a valid document, or plans it into its slot if it is a subscription. */
  async execute(request: ExecutorRequest): Promise<Result> {
    // Apollo Server leaves this error to the executor.
    const operation = request.operation as OperationDefinitionNode | undefined;
    if (!operation) return { errors: [NO_OPERATION] };
    const version = this.versions.get(request.schema);
    if (!version) throw new Error('the request was validated against an unknown schema');
    const { identity, slot } = request.context as RequestContext;
    const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION;
    if (isSubscription && !slot) return { errors: [NOT_STREAMED] };
    if (operation.operation === OperationTypeNode.MUTATION && mayOnlyRead(request))
      return { errors: [NOT_BY_GET] };
    // Checked first, since Apollo's executor would create an error for each invalid value, without a limit.
    const { variables, errors } = coerceVariables(version.schema, request);
    if (errors) return { errors };
    const withheld = version.authorization.check(request, identity);
    if (isSubscription && slot) return plan(request, slot, variables, version, withheld);
    return withheld
      ? withheld.execute(request, variables, identity, version.execute)
      : version.execute(request);
  }
}

/** Plans a subscription and puts the plan into the slot, instead of executing it. */
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
  const result = await withheld?.execute(request, variables, identity, version.execute);
  return { errors: result?.errors ?? [SELECTS_NOTHING] };
}

const NO_OPERATION = new GraphQLError(
  'The document has no operation with the requested name, or it has several and the request names none.',
  { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
);

const NOT_BY_GET = new GraphQLError('A mutation cannot be sent by GET. Send it by POST.', {
  extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: new HeaderMap([['allow', 'POST']]) } },
});

function mayOnlyRead({ context }: ExecutorRequest): boolean {
  return (context as RequestContext).mayOnlyRead === true;
}
