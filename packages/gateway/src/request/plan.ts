import type { FetchNode } from '@apollo/query-planner';
import type { Audience, AuthContext } from '@kit/auth';
import type { ExecutableSchema } from '@kit/executor';
import type { ExecutorRequest, ExecutorResult } from './executor-request.js';
import type { UpstreamEvent } from './upstream-event.js';
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

/** How the gateway serves a subscription: the upstream subscription, and how its events are completed. */
export interface SubscriptionPlan {
  readonly primary: FetchNode;
  /**
   * Completes an event from the other subgraphs.
   * @param request the visible part, if fields are withheld
   */
  complete(request: ExecutorRequest, event: UpstreamEvent): Promise<ExecutorResult>;
  /** The schema that the plan was made for; plans and schemas of different versions do not mix. */
  readonly schema: ExecutableSchema;
  readonly upstream: UpstreamPlan;
  readonly audience: Audience;
  /** The client's variable that holds only the start cursor, if there is one. Watchers that differ only in it share. */
  readonly afterVariable: string | null;
  /** Fields that the watchers may not see. The plan and the upstream leave them out. Null when there are none. */
  readonly withheld: WithheldFields | null;
  /** The version of the supergraph that the plan was made for. */
  readonly version: number;
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
