import type { Logger } from 'pino';
import { Pool } from 'pg';
import type { Config } from '../config.js';

/** One for each password that is looked up at the same time: a count takes well under a millisecond. */
const CONNECTIONS = 12;
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;

/**
 * A separate pool for throttling: guesses at one account all wait for one row, and must not use up the connections of
 * other requests. Commits do not wait for the disk, because losing a count in a crash of Postgres only allows one more
 * guess.
 */
export function throttlePool({ DATABASE_URL }: Pick<Config, 'DATABASE_URL'>, logger: Logger): Pool {
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
