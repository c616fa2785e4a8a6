import type { executeQueryPlan } from '@apollo/gateway';
import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import type { Audience } from '@supergraph/service/live-directive';
import type { GraphQLSchema } from 'graphql';
import type { Withheld } from '../../authorization/withheld.js';
import type { Unconfused } from '../../supergraph/key-aliases.js';
import type { UpstreamPlan } from './upstream-plan.js';

/** What Apollo's executor gets to see of the request that it works for. */
export type ExecutorRequest = Parameters<typeof executeQueryPlan>[2];

/**
 * A subscription as the gateway serves it: what to subscribe to upstream, and the plan that completes each event
 * from the other subgraphs. In that plan the first fetch is the subscription itself, answered by the event.
 */
export interface SubscriptionPlan {
  readonly primary: FetchNode;
  readonly completion: QueryPlan;
  readonly schema: VersionedSchema;
  readonly upstream: UpstreamPlan;
  readonly audience: Audience;
  /** The client's variable that says where to start, if it says nothing else: watchers who differ in it alone share. */
  readonly afterVariable: string | null;
  /** What is kept from those whom it is for, out of plan and upstream both; null when they may see everything. */
  readonly withheld: Withheld | null;
  /** Gives a result the keys that the client asked for. */
  readonly restore: Unconfused['restore'];
  /** Plans of one number were made for the same supergraph. */
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
