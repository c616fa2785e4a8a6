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
  const queries = await queriesOf(database, work);
  return queries.map(({ statement }) => statement);
}

/** Runs `work` and returns all statements that are sent over the pool meanwhile, with their parameters. */
export async function queriesOf(
  database: DataSource,
  work: () => Promise<unknown>,
): Promise<{ readonly statement: string; readonly parameters: unknown[] }[]> {
  const queries: { statement: string; parameters: unknown[] }[] = [];
  const silent = database.logger;
  database.logger = {
    ...QUIET,
    logQuery: (statement, parameters) =>
      void queries.push({ statement, parameters: Array.isArray(parameters) ? parameters : [] }),
  };
  try {
    await work();
  } finally {
    database.logger = silent;
  }
  return queries;
}

const QUIET: Logger = {
  logQuery: () => {},
  logQueryError: () => {},
  logQuerySlow: () => {},
  logSchemaBuild: () => {},
  logMigration: () => {},
  log: () => {},
};
