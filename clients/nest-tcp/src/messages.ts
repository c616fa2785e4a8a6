/** Pattern: adds a subscriber. Data: {@link NewSubscriber}; result: {@link AddedSubscriber}. */
export const ADD_SUBSCRIBER = { cmd: 'add-subscriber' } as const;

/**
 * Pattern: reads the list. Data `''`; result: the newest 1,000, a `Subscriber[]`. Or data
 * {@link SubscribersPageRequest}; result: {@link SubscribersPage}.
 */
export const GET_ALL_SUBSCRIBERS = { cmd: 'get-all-subscribers' } as const;

export interface NewSubscriber {
  readonly email: string;
  /** At most 200 characters. */
  readonly name?: string | null;
  /** When the address is on the list already: return its subscriber (`RETURN`, the default), or reject (`FAIL`). */
  readonly onExisting?: 'RETURN' | 'FAIL';
  /** Makes a retry safe: the same input with the same key returns the first result. 1 to 255 characters. */
  readonly idempotencyKey?: string;
}

export interface Subscriber {
  /** A UUID. */
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly status: string;
  /** ISO 8601, in UTC, to the millisecond. */
  readonly addedAt: string;
  /** The user who added the subscriber; null when a program did so for itself. */
  readonly addedBy: { readonly id: string } | null;
}

export interface AddedSubscriber extends Subscriber {
  /** False when the address was on the list already. */
  readonly created: boolean;
}

export interface SubscribersPageRequest {
  /** 1 to 100; 20 when left out. */
  readonly first?: number;
  /** The `endCursor` of the page before. */
  readonly after?: string;
}

export interface SubscribersPage {
  /** The newest first. */
  readonly subscribers: readonly Subscriber[];
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}
