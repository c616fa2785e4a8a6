import { currentRequestId } from '@kit/service';
import type { DataSource, Logger } from 'typeorm';
import type { RunningService } from './running-service.js';

/** Runs `work` and returns the statements of its requests. */
export async function statementsOf(
  { database }: Pick<RunningService, 'database'>,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const queries = await queriesOf(database, work);
  return queries.map(({ statement }) => statement);
}

/** Runs `work` and returns the statements of its requests, with their parameters. Workers and consumers have no request. */
export async function queriesOf(
  database: DataSource,
  work: () => Promise<unknown>,
): Promise<{ readonly statement: string; readonly parameters: unknown[] }[]> {
  const queries: { statement: string; parameters: unknown[] }[] = [];
  const silent = database.logger;
  database.logger = {
    ...QUIET,
    logQuery: (statement, parameters) => {
      if (currentRequestId() === undefined) return;
      queries.push({ statement, parameters: Array.isArray(parameters) ? parameters : [] });
    },
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
