import type { SubscriberEntity } from '../subscriber.entity.js';

/** An event as a watcher gets it: somebody came, or, with nobody, a bookmark. */
export interface SubscriberAdded {
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly subscriber: SubscriberEntity | null;
}

/** One event of the log with what it tells watchers; null when it is none of theirs, or its subscriber is gone. */
export interface StreamEntry {
  readonly seq: number;
  readonly event: (SubscriberAdded & { readonly subscriber: SubscriberEntity }) | null;
}
