import type { DataSource } from 'typeorm';

/** The key of an advisory lock (PostgreSQL manual, section 13.3.5). The service itself uses other keys. */
const MIGRATION_LOCK = 1;

/**
 * Runs the pending migrations, one transaction for each. A second process waits for the lock and then finds none
 * pending. A process that dies loses the lock with its connection.
 * @returns the names of the migrations that this call ran
 */
export async function runPendingMigrations(dataSource: DataSource): Promise<string[]> {
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    return applied.map(({ name }) => name);
  } finally {
    await holder.release();
  }
}
