import type { Logger } from 'pino';
import { Pool } from 'pg';
import type { Settings } from '../core.module.js';

/** One for each of the people whose passwords are looked at together: a count takes well under a millisecond. */
const CONNECTIONS = 12;
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;

/**
 * Connections of throttling alone. Who guesses at one account makes one row that everybody waits for, and must not
 * hold the connections that all else needs. Nor does anybody wait for the disk: a count that a crash of Postgres
 * undoes is one guess more.
 */
export function throttlePool({ DATABASE_URL }: Pick<Settings, 'DATABASE_URL'>, logger: Logger): Pool {
  const pool = new Pool({
    connectionString: DATABASE_URL,
    application_name: 'users throttling',
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    options: '-c synchronous_commit=off',
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection broke'));
  return pool;
}
