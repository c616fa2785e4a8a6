import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Logger } from 'pino';
import type { Database } from './define-database.js';

const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Provides the data source and its repositories. `openDatabase` opens it, because NestJS would retry ten times before
 * it reports an error.
 */
export function databaseModule(
  database: Database,
  { DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize }: { DATABASE_URL: string; DATABASE_POOL_SIZE: number },
  logger: Logger,
): DynamicModule {
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({ type: 'postgres', manualInitialization: true }),
    dataSourceFactory: async () =>
      database.dataSource(url, { poolSize, timeoutMs: STATEMENT_TIMEOUT_MS }, (error) =>
        logger.warn({ err: error }, 'an idle database connection broke'),
      ),
  });
}
