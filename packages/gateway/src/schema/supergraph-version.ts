import { ApolloGateway, buildOperationContext, type GraphQLDataSource } from '@apollo/gateway';
import { operationFromDocument, type Schema } from '@apollo/federation-internals';
import type { QueryPlanner } from '@apollo/query-planner';
import type { Audience } from '@kit/auth';
import { assertValidSchema, GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { Authorization } from '../operation/authorization/authorization.js';
import { withoutEnforcedPurposes } from './enforced-specs.js';
import type { Withheld } from '../operation/authorization/withheld.js';
import { attachMutationRules, mutationRules } from '../operation/mutation-rules.js';
import { liveFields } from './live-fields.js';
import type { ExecutorRequest } from '../request/executor-request.js';
import type { SubscriptionPlan } from '../request/plan.js';
import { afterVariable, planUpstream } from '../execution/upstream-plan.js';
import { subgraphAddresses } from './subgraph-addresses.js';
import { Introspection } from './introspection.js';
import { KeyAliases } from '../execution/key-aliases.js';

const CACHED_PLANS = 500;

/** The error for a subscription without fields after `@skip`, `@include` and authorization are applied. */
export const SELECTS_NOTHING = new GraphQLError('This subscription selects nothing.', {
  extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
});

type Execute = (request: ExecutorRequest) => Promise<ExecutionResult<Record<string, unknown>>>;

export interface SupergraphVersionOptions {
  readonly supergraphSdl: string;
  /**
   * @param composedUrl the address in the supergraph; empty when it has none
   * @throws when the subgraph has no address
   */
  readonly dataSourceOf: (name: string, composedUrl: string) => GraphQLDataSource;
  readonly logger: Logger;
}

/**
 * One loaded supergraph with its schema, planner and executor; immutable. Apollo's gateway can replace its
 * supergraph, but not atomically: a pending request sees parts of both, and when the new planner cannot be created,
 * the new schema is used with the old planner. So each version has a separate Apollo gateway.
 */
export class SupergraphVersion {
  private readonly plans = new LRUCache<string, SubscriptionPlan>({ max: CACHED_PLANS });

  private constructor(
    /** Later versions have higher numbers. */
    readonly number: number,
    readonly sdl: string,
    readonly schema: GraphQLSchema,
    private readonly api: Schema,
    private readonly supergraph: GraphQLSchema,
    private readonly planner: QueryPlanner,
    private readonly liveFields: ReadonlyMap<string, Audience>,
    readonly authorization: Authorization,
    private readonly introspection: Introspection,
    private readonly aliases: KeyAliases,
    private readonly executePlanned: Execute,
    /** By the name of the subgraph. */
    private readonly dataSources: Readonly<Record<string, GraphQLDataSource>>,
  ) {}

  /** Executes a query or a mutation that is valid in this schema. */
  readonly execute: Execute = (request) =>
    this.introspection.execute(request, async (withoutIntrospection) => {
      const { request: planned, restore } = this.aliases.of(withoutIntrospection);
      return restore(await this.executePlanned(planned));
    });

  /** The names of the subgraphs. */
  get subgraphs(): readonly string[] {
    return Object.keys(this.dataSources);
  }

  /** @throws when the supergraph is not usable */
  static async load(number: number, options: SupergraphVersionOptions): Promise<SupergraphVersion> {
    const { supergraphSdl, dataSourceOf, logger } = options;
    const dataSources: Record<string, GraphQLDataSource> = Object.create(null);
    for (const [name, url] of subgraphAddresses(supergraphSdl)) dataSources[name] = dataSourceOf(name, url);
    const apollo = new ApolloGateway({
      supergraphSdl: withoutEnforcedPurposes(supergraphSdl),
      logger,
      // Apollo skips validation in production, but the file may be incomplete.
      validateSupergraph: true,
      buildService: ({ name }) => dataSources[name]!,
    });
    const { schema, executor } = await apollo.load();
    assertValidSchema(schema);
    attachMutationRules(schema, mutationRules(supergraphSdl));
    const planner = apollo.__testing().queryPlanner;
    if (!planner) throw new Error('the supergraph was loaded without a query planner');
    const { supergraph } = planner;
    return new SupergraphVersion(
      number,
      supergraphSdl,
      schema,
      supergraph.apiSchema(),
      supergraph.schema.toGraphQLJSSchema(),
      planner,
      liveFields(supergraphSdl),
      new Authorization(schema, supergraph.schema),
      new Introspection(schema),
      new KeyAliases(supergraphSdl),
      executor,
      dataSources,
    );
  }

  /**
   * Plans a subscription.
   * @param request the visible part, if authorization withholds fields of the subscription
   * @throws GraphQLError when it cannot be planned
   */
  plan(request: ExecutorRequest, withheld: Withheld | null): SubscriptionPlan {
    const { operationName } = request.request;
    const key = `${request.queryHash} ${operationName ?? ''}`;
    const cached = this.plans.get(key);
    if (cached) return cached;

    const { request: planned, restore } = this.aliases.of(this.introspection.planned(request)!);
    const { document } = planned;
    const operation = operationFromDocument(this.api, document, { operationName });
    const { node } = this.planner.buildQueryPlan(operation);
    if (node?.kind !== 'Subscription') throw SELECTS_NOTHING;
    const { primary, rest } = node;
    const subgraph = this.planner.supergraph.subgraphs().get(primary.serviceName)!;
    const upstream = planUpstream(primary, this.schema, subgraph);
    const plan: SubscriptionPlan = {
      primary,
      completion: { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary },
      upstream,
      audience: this.liveFields.get(upstream.field.name.value) ?? 'VIEWER',
      afterVariable: upstream.resumption && afterVariable(upstream.field, document),
      version: this.number,
      restore,
      withheld,
      schema: {
        graphql: this.schema,
        operationContext: buildOperationContext({
          schema: this.schema,
          operationDocument: document,
          operationName,
        }),
        supergraph: this.supergraph,
        api: this.api,
        dataSources: this.dataSources,
      },
    };
    this.plans.set(key, plan);
    return plan;
  }
}
