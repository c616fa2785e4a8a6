import type { SubscriberEntity } from '../subscriber.entity.js';

/** An event for watchers: an addition, or a bookmark, which has no subscriber. */
export interface SubscriberAdded {
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly subscriber: SubscriberEntity | null;
}

/** An event of the log. `event` is null if it is not an addition, or if the subscriber was deleted. */
export interface StreamEntry {
  readonly seq: number;
  readonly event: (SubscriberAdded & { readonly subscriber: SubscriberEntity }) | null;
}
