import type { GraphQLFormattedError } from 'graphql';
import type { RoomEvent } from './ring.js';

/** Why the gateway interrupted a subscription. */
export type Ending = 'SUBSCRIPTION_UPSTREAM_LOST' | 'SUBSCRIPTION_LAGGED';

/** A subscribed client, implemented by each transport. `rejected`, `complete` and `cutOff` are final. */
export interface Watcher {
  /** Whether it can take another event now. If not, it calls `Membership.resume` later. */
  isReady(): boolean;
  /** Sends an event. All watchers of a room receive the same object. */
  next(event: RoomEvent): void;
  /** Sends several events in one write, if it can. */
  batch(send: () => void): void;
  rejected(errors: readonly GraphQLFormattedError[]): void;
  complete(): void;
  /** Interrupts the subscription. The client can reconnect and resume. */
  cutOff(why: Ending): void;
}

/** A watcher's membership in a room. */
export interface Membership {
  /** Continues delivery after the watcher was not ready. */
  resume(): void;
  leave(): void;
}
