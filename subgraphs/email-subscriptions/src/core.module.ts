import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from './config.js';
import { CursorCodec, LOGGER, METRICS } from '@kit/service';

/** The part of the configuration that the modules of this service use. */
export type Settings = Pick<
  Config,
  'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'CURSOR_SECRET' | 'EVENT_LOG_RETENTION_HOURS' | 'TCP_PORT'
>;

/** Global providers. */
@Module({})
export class CoreModule {
  static with(settings: Settings, logger: Logger, metrics: Registry): DynamicModule {
    return {
      module: CoreModule,
      global: true,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: METRICS, useValue: metrics },
        { provide: CursorCodec, useValue: new CursorCodec(settings.CURSOR_SECRET) },
      ],
      exports: [LOGGER, METRICS, CursorCodec],
    };
  }
}
