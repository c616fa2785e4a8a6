/** Keys of the advisory locks taken in this service's database (PostgreSQL manual, section 13.3.5). */
export const MIGRATION_LOCK = 1;
export const SIGNING_KEY_LOCK = 2;
export const TRIMMING_LOCK = 3;
/** Held while somebody becomes an owner or stops being one, so that nobody counts owners in between. */
export const OWNERS_LOCK = 4;
