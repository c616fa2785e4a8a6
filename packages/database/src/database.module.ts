import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Logger } from 'pino';
import type { Database } from './define-database.js';
import type { DatabaseAddress } from './session.js';

/** Injects the `DatabaseAddress`, for connections outside the pool. */
export const DATABASE_ADDRESS = Symbol('database address');

const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Provides the data source, its repositories and `DATABASE_ADDRESS`. `openDatabase` opens it, because NestJS would retry
 * ten times before it reports an error.
 */
@Module({})
export class DatabaseModule {
  static with(
    database: Database,
    { DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize }: { DATABASE_URL: string; DATABASE_POOL_SIZE: number },
    logger: Logger,
  ): DynamicModule {
    const address: DatabaseAddress = { url, application: database.name };
    const pool = TypeOrmModule.forRootAsync({
      useFactory: () => ({ type: 'postgres', manualInitialization: true }),
      dataSourceFactory: async () =>
        database.dataSource(url, { poolSize, timeoutMs: STATEMENT_TIMEOUT_MS }, (error) =>
          logger.warn({ err: error }, 'an idle database connection broke'),
        ),
    });
    return {
      module: DatabaseModule,
      global: true,
      imports: [pool],
      providers: [{ provide: DATABASE_ADDRESS, useValue: address }],
      exports: [DATABASE_ADDRESS],
    };
  }
}
