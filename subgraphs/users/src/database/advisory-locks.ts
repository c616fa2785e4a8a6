/** Keys of the advisory locks of this subgraph. The kit has its own, such as `MIGRATION_LOCK`. */
export const SIGNING_KEY_LOCK = 2;
export const TRIMMING_LOCK = 3;
/** Held while the owners change, so that counting them is reliable. */
export const OWNERS_LOCK = 4;
