/** The key of the advisory lock that migrations take (PostgreSQL manual, section 13.3.5). */
export const MIGRATION_LOCK = 1;
