import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, ModuleRef } from '@nestjs/core';
import { AuthGuard, LIVE_DIRECTIVE } from '@kit/auth';
import { healthModule } from '@kit/service';

import { subgraphGraphQL } from '@kit/subgraph';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { CoreModule, type Settings } from './core.module.js';
import { databaseModule } from './database/database.module.js';
import { EventLogModule } from './event-log/event-log.module.js';
import { LiveEndpoint } from './live/live-endpoint.js';
import { StreamFigures } from './subscribers/stream/stream-figures.js';
import { SubscribersModule } from './subscribers/subscribers.module.js';
import { MessageListener } from './tcp/message-listener.js';

/** The whole subgraph. The modules open no connection: `emailSubscriptionsService` opens the database and the endpoints. */
@Module({})
export class AppModule {
  static with(settings: Settings, logger: Logger, metrics = new Registry()): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.with(settings, logger, metrics),
        databaseModule(settings, logger),
        EventLogModule.with(settings),
        subgraphGraphQL(logger, [LIVE_DIRECTIVE]),
        SubscribersModule,
        healthModule({
          imports: [SubscribersModule],
          inject: [DataSource, StreamFigures, ModuleRef],
          useFactory: (dataSource: DataSource, figures: StreamFigures, all: ModuleRef) => ({
            checks: {
              database: () => dataSource.query('SELECT 1'),
              ...(settings.TCP_PORT !== undefined && {
                tcp: async () => all.get(MessageListener, { strict: false }).requireListening(),
              }),
            },
            figures: async () => ({ eventStream: await figures.now() }),
          }),
        }),
      ],
      providers: [{ provide: APP_GUARD, useClass: AuthGuard }, LiveEndpoint, MessageListener],
    };
  }
}
