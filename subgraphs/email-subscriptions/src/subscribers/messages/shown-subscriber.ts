import type { SubscriberEntity } from '../subscriber.entity.js';
import type { SubscriberStatus } from '../subscriber-status.js';

/** A subscriber in TCP messages, with the same field names as in GraphQL. */
export interface ShownSubscriber {
  readonly id: string;
  /** Null once erased. */
  readonly email: string | null;
  readonly name: string | null;
  readonly status: SubscriberStatus;
  /** ISO 8601, in UTC, with milliseconds. */
  readonly addedAt: string;
  /** A user of the users subgraph; null if a program added the subscriber on its own behalf. */
  readonly addedBy: { readonly id: string } | null;
}

export function shownSubscriber({
  id,
  email,
  name,
  status,
  addedAt,
  addedById,
}: SubscriberEntity): ShownSubscriber {
  return {
    id,
    email,
    name,
    status,
    addedAt: addedAt.toISOString(),
    addedBy: addedById === null ? null : { id: addedById },
  };
}
