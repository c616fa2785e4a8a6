import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Logger } from 'pino';
import type { Settings } from '../core.module.js';
import { createDataSource } from './create-data-source.js';

const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Provides the data source and its repositories. `openDatabase` opens it, because NestJS would retry ten times before
 * it reports an error.
 */
export function databaseModule(
  settings: Pick<Settings, 'DATABASE_URL' | 'DATABASE_POOL_SIZE'>,
  logger: Logger,
): DynamicModule {
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({ type: 'postgres', manualInitialization: true }),
    dataSourceFactory: async () =>
      createDataSource(
        settings.DATABASE_URL,
        { poolSize: settings.DATABASE_POOL_SIZE, timeoutMs: STATEMENT_TIMEOUT_MS },
        (error) => logger.warn({ err: error }, 'an idle database connection broke'),
      ),
  });
}
