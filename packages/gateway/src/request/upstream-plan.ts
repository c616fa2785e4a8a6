import type { FieldNode, GraphQLField } from 'graphql';
import type { UpstreamEvent } from './upstream-event.js';

/** The subscription that the gateway sends to a subgraph. */
export interface UpstreamPlan {
  readonly query: string;
  readonly operationName: string | undefined;
  /** The names of the client's variables that the query uses. */
  readonly variables: readonly string[];
  /** The root field, with the client's arguments. */
  readonly field: FieldNode;
  readonly definition: GraphQLField<unknown, unknown>;
  /** The expected shape of events. */
  readonly shape: EventShape;
  /** Null when the field cannot be resumed. */
  readonly resumption: Resumption | null;
}

export interface EventShape {
  /** @throws InvalidGraphQLResult when an event does not match the operation */
  check(event: UpstreamEvent): void;
}

/** How to resume an upstream subscription, and how to read cursors and bookmarks from its events. */
export interface Resumption {
  /** The name of the variable that the gateway adds for the cursor to resume from. */
  readonly variable: string;
  /** Null when the event has no cursor. */
  cursorOf(data: Record<string, unknown> | null | undefined): string | null;
  /** Removes errors of the fields that only the gateway selected. */
  withoutAddedErrors(event: UpstreamEvent): UpstreamEvent;
  /** In a bookmark, every nullable field is null. */
  isBookmark(data: Record<string, unknown> | null | undefined): boolean;
}
