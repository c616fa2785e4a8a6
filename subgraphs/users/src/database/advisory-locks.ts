/** Keys of the advisory locks taken in this service's database (PostgreSQL manual, section 13.3.5). */
export const MIGRATION_LOCK = 1;
export const SIGNING_KEY_LOCK = 2;
export const TRIMMING_LOCK = 3;
/** Held while the owners change, so that counting them is reliable. */
export const OWNERS_LOCK = 4;
