import type { DataSource, Logger } from 'typeorm';
import type { RunningService } from './running-service.js';

/**
 * Runs `work` and returns the statements that the service sent meanwhile. What the tail does by itself is left out:
 * it has read all events before, and its polls are taken away.
 */
export async function statementsOf(
  service: Pick<RunningService, 'database' | 'settled'>,
  work: () => Promise<unknown>,
): Promise<string[]> {
  await service.settled();
  const statements = await allStatementsOf(service.database, work);
  return statements.filter((statement) => !statement.includes('event_log_state'));
}

/** Runs `work` and returns all statements that were sent through the pool meanwhile. */
export async function allStatementsOf(database: DataSource, work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const silent = database.logger;
  database.logger = { ...QUIET, logQuery: (statement) => void statements.push(statement) };
  try {
    await work();
  } finally {
    database.logger = silent;
  }
  return statements;
}

const QUIET: Logger = {
  logQuery: () => {},
  logQueryError: () => {},
  logQuerySlow: () => {},
  logSchemaBuild: () => {},
  logMigration: () => {},
  log: () => {},
};
