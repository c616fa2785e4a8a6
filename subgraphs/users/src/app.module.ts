import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '@kit/auth';
import { healthModule } from '@kit/service';
import { subgraphGraphQL } from '@kit/subgraph';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { AccountsModule } from './accounts/accounts.module.js';
import { CoreModule, type Settings } from './core.module.js';
import { databaseModule } from './database/database.module.js';
import { KeysModule } from './keys/keys.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { PeopleModule } from './people/people.module.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

/** The whole subgraph. Creating it opens nothing: the caller opens the database and loads the keys before it serves. */
@Module({})
export class AppModule {
  static with(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.with(settings, logger),
        databaseModule(settings, logger),
        subgraphGraphQL(logger),
        AccountsModule,
        KeysModule,
        MaintenanceModule,
        RecoveryModule,
        SessionsModule,
        PeopleModule,
        healthModule({
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => ({
            checks: { database: () => dataSource.query('SELECT 1') },
          }),
        }),
      ],
      providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
    };
  }
}
