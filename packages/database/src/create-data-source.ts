import { DataSource, type DataSourceOptions } from 'typeorm';
import type { DatabaseAddress } from './session.js';
import { TimeoutClient } from './timeout-client.js';

/** The limits of one process. */
export interface DatabaseLimits {
  /** The maximum number of connections. */
  readonly poolSize: number;
  /** After how many milliseconds the database aborts a statement or an idle transaction; 0 means never. */
  readonly timeoutMs: number;
}

/** For migrations, which may take long. One connection holds the lock, the other one migrates. */
export const UNLIMITED: DatabaseLimits = { poolSize: 2, timeoutMs: 0 };

/** The contents of a database. */
export interface DatabaseContents {
  readonly entities: readonly Function[];
  /** In the order in which they run. */
  readonly migrations: readonly Function[];
}

const CONNECT_TIMEOUT_MS = 3_000;

/** How much longer than the database's own timeout we wait before we destroy the connection. */
const GRACE_MS = 2_000;

/**
 * A database, not opened yet. Only migrations change its schema.
 * @param onIdleError called when an idle connection breaks; the pool replaces it
 */
export function createDataSource(
  { url, application }: DatabaseAddress,
  { entities, migrations }: DatabaseContents,
  { poolSize, timeoutMs }: DatabaseLimits,
  onIdleError: (error: Error) => void = () => {},
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: application,
    entities: [...entities],
    migrations: [...migrations],
    synchronize: false,
    logging: false,
    poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: onIdleError,
    extra: {
      keepAlive: true,
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      query_timeout: timeoutMs && timeoutMs + GRACE_MS,
      Client: TimeoutClient,
    },
  } satisfies DataSourceOptions);
}
