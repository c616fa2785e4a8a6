import type { GraphQLFormattedError } from 'graphql';
import type { RoomEvent } from './ring.js';

/** Why a live operation ended although neither side wanted it to. */
export type Ending = 'SUBSCRIPTION_UPSTREAM_LOST' | 'SUBSCRIPTION_LAGGED';

/** Who watches, as a transport implements it. After `refused`, `complete` or `cutOff` nothing more comes. */
export interface Watcher {
  /** Whether it can take another event now. It calls `Membership.resume` when it can again. */
  isReady(): boolean;
  /** What comes next: the same object for everybody in the room. */
  next(event: RoomEvent): void;
  /** Has several events sent as one, if it can. */
  together(send: () => void): void;
  refused(errors: readonly GraphQLFormattedError[]): void;
  complete(): void;
  cutOff(why: Ending): void;
}

/** A watcher's place in a room. */
export interface Membership {
  /** To be called when the watcher can take events again. */
  resume(): void;
  leave(): void;
}
