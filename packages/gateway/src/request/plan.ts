import type { executeQueryPlan } from '@apollo/gateway';
import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import type { Audience, AuthContext } from '@kit/auth';
import type { GraphQLSchema } from 'graphql';
import type { ExecutorRequest, ExecutorResult } from './executor-request.js';
import type { UpstreamPlan } from './upstream-plan.js';

/** The fields of an operation that a viewer may not see. */
export interface WithheldFields {
  /**
   * Executes the visible part of a request, and completes the result to the shape of the whole operation.
   * @param variables the coerced variables of the request
   * @param execute executes the visible part; not called when nothing is visible
   */
  execute(
    request: ExecutorRequest,
    variables: Readonly<Record<string, unknown>>,
    auth: AuthContext,
    execute: (visible: ExecutorRequest) => Promise<ExecutorResult>,
  ): Promise<ExecutorResult>;
}

/**
 * How the gateway serves a subscription: the upstream subscription, and the query plan that completes each event from
 * the other subgraphs. The first fetch of that plan is the subscription itself, and the event is its result.
 */
export interface SubscriptionPlan {
  readonly primary: FetchNode;
  readonly completion: QueryPlan;
  readonly schema: VersionedSchema;
  readonly upstream: UpstreamPlan;
  readonly audience: Audience;
  /** The client's variable that holds only the start cursor, if there is one. Watchers that differ only in it share. */
  readonly afterVariable: string | null;
  /** Fields that the watchers may not see. The plan and the upstream leave them out. Null when there are none. */
  readonly withheld: WithheldFields | null;
  /** Restores the response keys of the client's document. */
  readonly restore: (result: ExecutorResult) => ExecutorResult;
  /** The version of the supergraph that the plan was made for. */
  readonly version: number;
}

/** The schema that a plan was made for; plans and schemas of different versions do not mix. */
export interface VersionedSchema {
  readonly graphql: GraphQLSchema;
  readonly operationContext: Parameters<typeof executeQueryPlan>[3];
  readonly supergraph: Parameters<typeof executeQueryPlan>[4];
  readonly api: Parameters<typeof executeQueryPlan>[5];
  /** By the name of the subgraph. */
  readonly dataSources: Parameters<typeof executeQueryPlan>[1];
}

/** A subscription that passed Apollo Server's pipeline (parse, validate, plugins) and is ready to join a room. */
export interface PreparedSubscription {
  readonly plan: SubscriptionPlan;
  readonly request: ExecutorRequest;
}

/** The executor puts a subscription here instead of executing it. */
export interface SubscriptionSlot {
  prepared?: PreparedSubscription;
}
