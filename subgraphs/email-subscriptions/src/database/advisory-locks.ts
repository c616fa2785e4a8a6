/** The first key of an advisory lock on an idempotency key. The second is a hash of the owner and the idempotency key. */
export const IDEMPOTENCY_LOCKS = 1;
