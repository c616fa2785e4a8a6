import type { AuthContext } from '@kit/auth';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { UpstreamEvent } from '../../request/upstream-event.js';
import type { SubscriptionFigures } from '../../telemetry/figures.js';
import type { Resumption } from '../../request/upstream-plan.js';
import type { UpstreamRequest } from '../../subgraphs/upstream-transport.js';
import type { Upstream } from '../../subgraphs/upstream.js';

/** Everything that a room needs to run its subscription under one supergraph version. All its watchers share it. */
export interface RoomTopic {
  /** The room key. Subscriptions share a room exactly when their keys are equal. */
  readonly key: string;
  /** The supergraph version that the topic was planned for. */
  readonly version: number;
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly auth: AuthContext;
  readonly resumption: Resumption | null;
  /** Whether the watchers requested bookmarks. */
  readonly bookmarks: boolean;
  /** How long a lost upstream is retried, in milliseconds. */
  readonly retryWindowMs: number;
  readonly figures: SubscriptionFigures;
  /** @throws InvalidGraphQLResult when the event does not match the operation */
  check(event: UpstreamEvent): void;
  complete(event: UpstreamEvent): Promise<FormattedExecutionResult>;
  /** Plans the same operation for the current supergraph. Returns the errors if that rejects it. */
  replan(): Promise<RoomTopic | readonly GraphQLFormattedError[]>;
  /** Reports an unexpected error. */
  onFault(error: unknown): void;
  /** Formats errors from upstream for the client. */
  format(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[];
}

/** Whether both topics send the same request upstream, so that one can use the other's events. */
export function hasSameRequest(one: RoomTopic, other: RoomTopic): boolean {
  return (
    one.upstream === other.upstream &&
    one.request.query === other.request.query &&
    one.request.operationName === other.request.operationName
  );
}

/** Whether a room can change from one topic to the next without losing an event. */
export function canContinueWith(topic: RoomTopic, next: RoomTopic): boolean {
  const isResumable = topic.resumption !== null && next.resumption !== null;
  // Cursors are valid only at the subgraph that issued them, at any address of it.
  const isSameSubgraph = topic.upstream.subgraph === next.upstream.subgraph;
  return hasSameRequest(topic, next) || (isResumable && isSameSubgraph);
}
