import { explainStartUp, postgresUrl, readEnvironment } from '@kit/service';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import {
  createDataSource,
  type DatabaseContents,
  type DatabaseLimits,
  UNLIMITED,
} from './create-data-source.js';
import { openConnections, openDatabase } from './open-database.js';
import { runPendingMigrations } from './run-migrations.js';

/** The database of a service, and the programs that work on it. */
export interface Database {
  /** The name of the service. It starts the messages of the programs, and the database shows it for each connection. */
  readonly name: string;
  /** Creates a data source that is not opened yet. By default it has two connections and no time limits. */
  dataSource(url: string, limits?: DatabaseLimits, onIdleError?: (error: Error) => void): DataSource;
  /** Creates a data source of the database at `DATABASE_URL`, for TypeORM's command line. */
  dataSourceOfEnvironment(): DataSource;
  /**
   * Runs the pending migrations of the database at `DATABASE_URL`. Several processes may run it at the same time. An
   * error prints one message and sets exit code 1.
   */
  migrate(): Promise<void>;
  /**
   * Works on the migrated database at `DATABASE_URL`, and prints the message that `work` returns. An error prints one
   * message and sets exit code 1.
   * @param variables the variables that `work` needs
   */
  program<Variables extends z.ZodRawShape>(
    variables: Variables,
    work: (dataSource: DataSource, config: z.output<z.ZodObject<Variables>>) => Promise<string>,
  ): Promise<void>;
}

/** Defines the database of a service: its entities, and its migrations in the order in which they run. */
export function defineDatabase({
  name,
  ...contents
}: DatabaseContents & { readonly name: string }): Database {
  const dataSource: Database['dataSource'] = (url, limits = UNLIMITED, onIdleError) =>
    createDataSource({ url, application: name }, contents, limits, onIdleError);
  const environment = { DATABASE_URL: postgresUrl() };

  return {
    name,
    dataSource,
    dataSourceOfEnvironment: () => dataSource(readEnvironment(environment).DATABASE_URL),
    migrate: () =>
      printOutcome(name, () => {
        const { DATABASE_URL: url } = readEnvironment(environment);
        return withDataSource(dataSource(url), async (opening) => {
          await openConnections(opening, url);
          const applied = await runPendingMigrations(opening);
          return applied.length > 0 ? `migrated: ${applied.join(', ')}` : 'no migration is pending';
        });
      }),
    program: (variables, work) =>
      printOutcome(name, () => {
        const config = readEnvironment({ ...environment, ...variables });
        const { DATABASE_URL: url } = config as { DATABASE_URL: string };
        return withDataSource(dataSource(url), async (opening) => {
          await openDatabase(opening, url);
          return work(opening, config as Parameters<typeof work>[1]);
        });
      }),
  };
}

async function withDataSource(
  dataSource: DataSource,
  work: (dataSource: DataSource) => Promise<string>,
): Promise<string> {
  try {
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function printOutcome(name: string, work: () => Promise<string>): Promise<void> {
  try {
    console.log(`${name}: ${await work()}`);
  } catch (error) {
    process.stderr.write(`${name}: ${explainStartUp(error)}\n`);
    process.exitCode = 1;
  }
}
