import { AuthGuard } from '@kit/auth';
import { databaseModule } from '@kit/database';
import { CONFIG, CursorCodec, healthModule, LOGGER, METRICS } from '@kit/service';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, ModuleRef } from '@nestjs/core';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { type SubgraphConfig, withoutKitSecrets } from './environment.js';
import { subgraphGraphQL } from './graphql.js';
import { LiveEndpoint } from './live/live-endpoint.js';
import type { SubgraphDefinition } from './subgraph-definition.js';

/** Provides to all modules what every subgraph has. */
@Module({})
class CommonModule {}

/** The whole subgraph. Creating it opens nothing: `defineSubgraph` opens the database and the endpoints. */
@Module({})
export class SubgraphModule {
  static with<Shape extends z.ZodRawShape>(
    { database, modules, cursorSecret, health }: SubgraphDefinition<Shape>,
    config: SubgraphConfig<Shape>,
    logger: Logger,
    metrics: Registry,
  ): DynamicModule {
    const common: DynamicModule = {
      module: CommonModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: withoutKitSecrets(config) },
        { provide: LOGGER, useValue: logger },
        { provide: METRICS, useValue: metrics },
        {
          provide: CursorCodec,
          useValue: new CursorCodec(cursorSecret?.(config) ?? config.CURSOR_SECRET!),
        },
      ],
      exports: [CONFIG, LOGGER, METRICS, CursorCodec],
    };
    return {
      module: SubgraphModule,
      imports: [
        common,
        databaseModule(database, config, logger),
        subgraphGraphQL(logger),
        ...modules(config),
        healthModule({
          inject: [DataSource, ModuleRef],
          useFactory: (dataSource: DataSource, all: ModuleRef) => {
            const own = health?.((token) => all.get(token, { strict: false }), config);
            return {
              ...own,
              checks: { database: () => dataSource.query('SELECT 1'), ...own?.checks },
            };
          },
        }),
      ],
      providers: [{ provide: APP_GUARD, useClass: AuthGuard }, LiveEndpoint],
    };
  }
}
