/** Keys of the advisory locks with one key in this service's database (PostgreSQL manual, section 13.3.5). */
export const MIGRATION_LOCK = 1;
export const RELAY_LOCK = 2;

/** The first key of an advisory lock on an idempotency key. The second is a hash of the owner and the idempotency key. */
export const IDEMPOTENCY_LOCKS = 1;
