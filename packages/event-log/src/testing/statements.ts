import type { DataSource, Logger } from 'typeorm';

/** Runs `work` and returns all statements that are sent over the pool meanwhile. */
export async function statementsOf(database: DataSource, work: () => Promise<unknown>): Promise<string[]> {
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
