import type { DataSource, Logger } from 'typeorm';
import type { RunningService } from './running-service.js';

/**
 * Runs `work` and returns the statements that it sends. The polls of the tail are removed, which has read all events
 * before.
 */
export async function statementsOf(
  service: Pick<RunningService, 'database' | 'settled'>,
  work: () => Promise<unknown>,
): Promise<string[]> {
  await service.settled();
  const statements = await allStatementsOf(service.database, work);
  return statements.filter((statement) => !statement.includes('event_log_state'));
}

/** Runs `work` and returns all statements that are sent over the pool meanwhile. */
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
