/** The key of the relay's advisory lock: that of the replicas of earlier versions, which may still run. */
export const RELAY_LOCK = '2';

/** The first key of an advisory lock on an idempotency key. The second is a hash of the owner and the idempotency key. */
export const IDEMPOTENCY_LOCKS = 1;

/** The key of the lock of the replica that adds up the counts of tags. */
export const TAG_COUNT_LOCK = '3';
