import type { executeQueryPlan } from '@apollo/gateway';
import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import type { Audience } from '@kit/auth';
import type { GraphQLSchema } from 'graphql';
import type { Withheld } from '../operation/authorization/withheld.js';
import type { RenamedRequest } from '../execution/key-aliases.js';
import type { UpstreamPlan } from '../subscriptions/plan/upstream-plan.js';

/** The request as Apollo's executor receives it. */
export type ExecutorRequest = Parameters<typeof executeQueryPlan>[2];

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
  readonly withheld: Withheld | null;
  /** Restores the response keys of the client's document. */
  readonly restore: RenamedRequest['restore'];
  /** The version of the supergraph that the plan was made for. */
  readonly version: number;
}

/** The schema that a plan was made for; plans and schemas of different versions do not mix. */
export interface VersionedSchema {
  readonly graphql: GraphQLSchema;
  readonly operationContext: Parameters<typeof executeQueryPlan>[3];
  readonly supergraph: Parameters<typeof executeQueryPlan>[4];
  readonly api: Parameters<typeof executeQueryPlan>[5];
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
