/** The pattern to add a subscriber. The data is a {@link NewSubscriber}, the result an {@link AddedSubscriber}. */
export const ADD_SUBSCRIBER = { cmd: 'add-subscriber' } as const;

/**
 * The pattern to read the list. With the data `''` the result is the newest 1,000, a `Subscriber[]`. With a
 * {@link SubscribersPageRequest} it is a {@link SubscribersPage}.
 */
export const GET_ALL_SUBSCRIBERS = { cmd: 'get-all-subscribers' } as const;

export interface NewSubscriber {
  readonly email: string;
  /** At most 200 characters. */
  readonly name?: string | null;
  /** Returns the existing subscriber (`RETURN`, the default) or fails (`FAIL`) if the address is already on the list. */
  readonly onExisting?: 'RETURN' | 'FAIL';
  /** Makes retries safe: the same input with the same key returns the first result. 1 to 255 characters. */
  readonly idempotencyKey?: string;
}

export interface Subscriber {
  /** A UUID. */
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly status: string;
  /** ISO 8601, in UTC, with milliseconds. */
  readonly addedAt: string;
  /** The user who added the subscriber; null if a program added it on its own behalf. */
  readonly addedBy: { readonly id: string } | null;
}

export interface AddedSubscriber extends Subscriber {
  /** False if the address was already on the list. */
  readonly created: boolean;
}

export interface SubscribersPageRequest {
  /** 1 to 100; by default 20. */
  readonly first?: number;
  /** The `endCursor` of the previous page. */
  readonly after?: string;
}

export interface SubscribersPage {
  /** Newest first. */
  readonly subscribers: readonly Subscriber[];
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}
