import type { DataSource } from 'typeorm';

/**
 * Starts all calls, blocks each at its first write to the table, and releases them together: a race that happens every
 * time.
 */
export async function meetAtWrite<T>(
  database: DataSource,
  table: string,
  calls: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const holder = database.createQueryRunner();
  await holder.startTransaction();
  try {
    // Blocks writers, not readers (PostgreSQL manual, section 13.3.1).
    await holder.query(`LOCK TABLE ${table} IN SHARE MODE`);
    const answers = Promise.all(calls.map((call) => call()));
    while ((await waitingForLock(database)) < calls.length);
    await holder.commitTransaction();
    return await answers;
  } finally {
    await holder.release();
  }
}

/** How many connections wait for a lock. */
export async function waitingForLock(database: DataSource): Promise<number> {
  const [{ count }] = await database.query<[{ count: number }]>(
    `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return count;
}
