import { ApolloGateway } from '@apollo/gateway';
import type { Audience } from '@kit/auth';
import { compile, Conditions, withDecidedConditions, type Fetcher, type Program } from '@kit/executor';
import {
  assertValidSchema,
  GraphQLError,
  OperationTypeNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Logger } from 'pino';
import { Authorization } from '../operation/authorization/authorization.js';
import { withoutEnforcedPurposes } from './enforced-specs.js';
import type { Withheld } from '../operation/authorization/withheld.js';
import { attachMutationRules, deadlineOf, mutationRules } from '../operation/mutation-rules.js';
import { exposeComposedDirectives } from '../execution/composed-directives.js';
import { liveFields } from './live-fields.js';
import type { ExecutorRequest, ExecutorResult } from '../request/executor-request.js';
import type { SubscriptionPlan } from '../request/plan.js';
import type { RequestContext } from '../request/request-context.js';
import type { UpstreamEvent } from '../request/upstream-event.js';
import { OperationPlanner, PLANNER_CONFIG } from '../execution/operation-planner.js';
import { afterVariable, planUpstream } from '../execution/upstream-plan.js';
import type { DataSource } from '../subgraphs/subgraph-data-source.js';
import { subgraphAddresses } from './subgraph-addresses.js';
import { Introspection } from './introspection.js';

/** Maximum number of programs that are kept for one mutation. */
const MAX_PROGRAMS = 16;

/** The error for a subscription without fields after `@skip`, `@include` and authorization are applied. */
export const SELECTS_NOTHING = new GraphQLError('This subscription selects nothing.', {
  extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
});

/** The programs of one operation, by the values in `@skip` and `@include` of a mutation. */
interface OperationPrograms {
  /** Null for a query, which has one program. */
  readonly conditions: Conditions | null;
  readonly programs: Map<string, Program>;
}

export interface SupergraphVersionOptions {
  readonly supergraphSdl: string;
  /**
   * @param composedUrl the address in the supergraph; empty when it has none
   * @throws when the subgraph has no address
   */
  readonly dataSourceOf: (name: string, composedUrl: string) => DataSource;
  readonly logger: Logger;
}

/**
 * One loaded supergraph with its schema, planner and executor; immutable. Apollo's gateway can replace its
 * supergraph, but not atomically: a pending request sees parts of both, and when the new planner cannot be created,
 * the new schema is used with the old planner. So each version has a separate Apollo gateway.
 */
export class SupergraphVersion {
  private readonly plans = new WeakMap<OperationDefinitionNode, SubscriptionPlan>();
  private readonly programs = new WeakMap<OperationDefinitionNode, OperationPrograms>();

  private constructor(
    /** Later versions have higher numbers. */
    readonly number: number,
    readonly sdl: string,
    readonly schema: GraphQLSchema,
    private readonly planner: OperationPlanner,
    private readonly liveFields: ReadonlyMap<string, Audience>,
    readonly authorization: Authorization,
    private readonly introspection: Introspection,
    /** By the name of the subgraph. */
    private readonly dataSources: Readonly<Record<string, DataSource>>,
  ) {}

  /** Executes a query or a mutation that is valid in this schema. */
  readonly execute = (request: ExecutorRequest): Promise<ExecutorResult> =>
    this.introspection.execute(request, (planned) => this.run(this.programOf(planned), planned));

  private readonly fetch: Fetcher<RequestContext> = (fetch, body, context, check) => {
    const { subgraph, kind, rootFields } = fetch;
    const deadlineMs = kind === 'mutation' ? deadlineOf(this.schema, rootFields) : null;
    const send = () => this.dataSources[subgraph]!.send({ kind, body, context, deadlineMs, check });
    const { reads } = context;
    return reads && kind === 'query' ? reads.read(`${subgraph} ${body}`, send) : send();
  };

  /** The names of the subgraphs. */
  get subgraphs(): readonly string[] {
    return Object.keys(this.dataSources);
  }

  /** @throws when the supergraph is not usable */
  static async load(number: number, options: SupergraphVersionOptions): Promise<SupergraphVersion> {
    const { supergraphSdl, dataSourceOf, logger } = options;
    const dataSources: Record<string, DataSource> = Object.create(null);
    for (const [name, url] of subgraphAddresses(supergraphSdl)) dataSources[name] = dataSourceOf(name, url);
    const loadable = withoutEnforcedPurposes(supergraphSdl);
    const apollo = new ApolloGateway({
      supergraphSdl: loadable,
      logger,
      // Apollo skips validation in production, but the file may be incomplete.
      validateSupergraph: true,
      queryPlannerConfig: PLANNER_CONFIG,
      buildService: () => NEVER_USED,
    });
    const { schema: loaded } = await apollo.load();
    const { queryPlanner } = apollo.__testing();
    if (!queryPlanner) throw new Error('the supergraph was loaded without a query planner');
    const { supergraph } = queryPlanner;
    const schema = exposeComposedDirectives(supergraph) ? supergraph.apiSchema().toGraphQLJSSchema() : loaded;
    assertValidSchema(schema);
    attachMutationRules(schema, mutationRules(supergraphSdl));
    return new SupergraphVersion(
      number,
      supergraphSdl,
      schema,
      new OperationPlanner(loadable, queryPlanner, schema),
      liveFields(supergraphSdl),
      new Authorization(schema, supergraph.schema),
      new Introspection(schema),
      dataSources,
    );
  }

  /**
   * Plans a subscription.
   * @param request the visible part, if authorization withholds fields of the subscription
   * @throws GraphQLError when it cannot be planned
   */
  plan(request: ExecutorRequest, withheld: Withheld | null): SubscriptionPlan {
    const cached = this.plans.get(request.operation);
    if (cached) return cached;

    const { operationName } = request.request;
    const planned = this.introspection.planned(request)!;
    const { executable } = this.planner;
    const { node } = this.planner.plan(planned.document, operationName);
    if (node?.kind !== 'Subscription') throw SELECTS_NOTHING;
    const { primary, rest } = node;
    const subgraph = this.planner.subgraph(primary.serviceName);
    const upstream = planUpstream(executable.withClientVariables(primary), executable, subgraph);
    const completion = compile(
      { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary },
      planned.document,
      operationName,
      executable,
    );
    const plan: SubscriptionPlan = {
      primary,
      complete: (visible, event) => this.run(completion, visible, event),
      upstream,
      audience: this.liveFields.get(upstream.field.name.value) ?? 'VIEWER',
      afterVariable: upstream.resumption && afterVariable(upstream.field, planned.document),
      version: this.number,
      withheld,
      schema: executable,
    };
    this.plans.set(request.operation, plan);
    return plan;
  }

  private run(program: Program, request: ExecutorRequest, event?: UpstreamEvent): Promise<ExecutorResult> {
    const { variables = {} } = request.request;
    return program.run({ variables, context: request.context as RequestContext, fetch: this.fetch, event });
  }

  /**
   * Kept for as long as its operation. A mutation has one program for each combination of the values in `@skip` and
   * `@include`, since the planner moves conditional root fields behind others.
   */
  private programOf({ document, operation, request }: ExecutorRequest): Program {
    let known = this.programs.get(operation);
    if (!known) {
      const isMutation = operation.operation === OperationTypeNode.MUTATION;
      known = { conditions: isMutation ? new Conditions(document, operation) : null, programs: new Map() };
      this.programs.set(operation, known);
    }
    const { conditions, programs } = known;
    const values = conditions?.valuesOf(request.variables ?? {}) ?? {};
    const key = Object.values(values).map(Number).join('');
    let program = programs.get(key);
    if (!program) {
      const { operationName } = request;
      const decided = withDecidedConditions(document, values);
      const plan = this.planner.plan(decided, operationName);
      program = compile(plan, decided, operationName, this.planner.executable);
      if (programs.size === MAX_PROGRAMS) programs.clear();
      programs.set(key, program);
    }
    return program;
  }
}

/** Apollo's gateway loads and plans. It does not execute. */
const NEVER_USED = {
  process: (): never => {
    throw new Error('this gateway executes plans itself');
  },
};
