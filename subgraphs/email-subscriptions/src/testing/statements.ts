import type { DataSource, Logger } from 'typeorm';

/** Runs `work` and returns the statements that were sent meanwhile, but for those that look at the log: the tail polls. */
export async function statementsOf(database: DataSource, work: () => Promise<unknown>): Promise<string[]> {
  const statements = await allStatementsOf(database, work);
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
