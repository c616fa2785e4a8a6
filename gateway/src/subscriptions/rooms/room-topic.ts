import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { UpstreamEvent } from '../plan/upstream-event.js';
import type { LiveFigures } from '../metrics/figures.js';
import type { Resumption } from '../plan/upstream-plan.js';
import type { Upstream, UpstreamRequest } from './upstream.js';

/** What a room is about, under one supergraph: the same for everybody in it. */
export interface RoomTopic {
  /** Equal for what may share a room, and for nothing else. */
  readonly key: string;
  /** The number of the supergraph that it was planned for. */
  readonly version: number;
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  readonly auth: AuthContext;
  readonly resumption: Resumption | null;
  /** Whether its watchers have asked for bookmarks. */
  readonly bookmarks: boolean;
  /** For how long a lost upstream is tried again, in milliseconds. */
  readonly retryWindowMs: number;
  readonly figures: LiveFigures;
  /** @throws NoGraphQLResult for what is no event of the operation */
  check(event: UpstreamEvent): void;
  complete(event: UpstreamEvent): Promise<FormattedExecutionResult>;
  /** What the same operation is about under the supergraph of now; the errors with which that turns it away. */
  replan(): Promise<RoomTopic | readonly GraphQLFormattedError[]>;
  /** Told of what nobody foresaw; the room ends. */
  onFault(error: unknown): void;
  /** The client's view of errors from upstream. */
  format(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[];
}

/** Whether what upstream sends for one topic is what it would send for the other. */
export function asksTheSame(one: RoomTopic, other: RoomTopic): boolean {
  return (
    one.upstream === other.upstream &&
    one.request.query === other.request.query &&
    one.request.operationName === other.request.operationName
  );
}

/** Whether a room can go over from one topic to the next without an event being lost. */
export function canFollow(topic: RoomTopic, next: RoomTopic): boolean {
  const isResumable = topic.resumption !== null && next.resumption !== null;
  // Another subgraph would not know the cursors of this one.
  return asksTheSame(topic, next) || (isResumable && topic.upstream === next.upstream);
}
