import { setTimeout as delay } from 'node:timers/promises';
import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';

const ATTEMPTS = 5;
const LONGEST_PAUSE_MS = 50;

/**
 * Runs a transaction, and repeats it if Postgres ended it in favour of a concurrent one, such as after a deadlock. Its
 * effects outside the database must be harmless when they are repeated.
 */
export async function repeatedTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (!isTransactionConflict(error) || attempt === ATTEMPTS) throw error;
      await delay(Math.random() * LONGEST_PAUSE_MS * attempt);
    }
  }
}

/** Whether Postgres ended the transaction in favour of another one (SQLSTATE class 40). */
export function isTransactionConflict(error: unknown): boolean {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: unknown }).code : undefined;
  return typeof code === 'string' && code.startsWith('40');
}
