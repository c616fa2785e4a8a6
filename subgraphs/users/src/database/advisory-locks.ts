/** Keys of the advisory locks of this subgraph. Migrations use key 1. */
export const SIGNING_KEY_LOCK = 2;
export const TRIMMING_LOCK = 3;
/** Held while the owners change, so that counting them is reliable. */
export const OWNERS_LOCK = 4;
