/**
 * The keys of the advisory locks that the kit takes in the database of a subgraph (PostgreSQL manual, section 13.3.5).
 * The subgraph itself uses other keys, or locks with two keys.
 */
export const MIGRATION_LOCK = 1;
export const RELAY_LOCK = 2;
