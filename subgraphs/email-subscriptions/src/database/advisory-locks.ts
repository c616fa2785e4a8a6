/** Keys of the advisory locks of one number taken in this service's database (PostgreSQL manual, section 13.3.5). */
export const MIGRATION_LOCK = 1;
export const RELAY_LOCK = 2;

/** First of the two keys of an advisory lock on an idempotency key; the second is a hash of whose and which. */
export const IDEMPOTENCY_LOCKS = 1;
