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

/** Runs `work` and returns all statements that are sent over the pool meanwhile, but those of workers. */
export async function allStatementsOf(database: DataSource, work: () => Promise<unknown>): Promise<string[]> {
  const queries = await queriesOf(database, work);
  return queries.map(({ statement }) => statement);
}

/** Statements of the workers and consumers of the service, which work at any time. */
const BACKGROUND = /SKIP LOCKED|pg_try_advisory_xact_lock|event_log_consumers/;

/** Runs `work` and returns all statements that are sent over the pool meanwhile, but those of workers, with their parameters. */
export async function queriesOf(
  database: DataSource,
  work: () => Promise<unknown>,
): Promise<{ readonly statement: string; readonly parameters: unknown[] }[]> {
  const queries: { statement: string; parameters: unknown[]; runner: unknown }[] = [];
  const background = new Set<unknown>();
  const silent = database.logger;
  database.logger = {
    ...QUIET,
    logQuery: (statement, parameters, runner) => {
      if (BACKGROUND.test(statement)) background.add(runner);
      queries.push({ statement, parameters: Array.isArray(parameters) ? parameters : [], runner });
    },
  };
  try {
    await work();
  } finally {
    database.logger = silent;
  }
  // The work awaits its transactions, so one that began before it or ends after it belongs to a worker.
  const ran = (runner: unknown, pattern: RegExp) =>
    queries.some((query) => query.runner === runner && pattern.test(query.statement));
  return queries.filter(({ runner }) => {
    const isWhole = ran(runner, /^START TRANSACTION/) === ran(runner, /^(COMMIT|ROLLBACK)$/);
    return runner === undefined || (isWhole && !background.has(runner));
  });
}

const QUIET: Logger = {
  logQuery: () => {},
  logQueryError: () => {},
  logQuerySlow: () => {},
  logSchemaBuild: () => {},
  logMigration: () => {},
  log: () => {},
};
