import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import { CursorCodec } from '@supergraph/service/pagination/cursor-codec';

/** What of the configuration the modules of this service use. */
export type Settings = Pick<
  Config,
  'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'CURSOR_SECRET' | 'EVENT_LOG_RETENTION_HOURS'
>;

/** Injects the service's pino `Logger`. */
export const LOGGER = Symbol('logger');

/** What every other module may inject. */
@Module({})
export class CoreModule {
  static with(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: CoreModule,
      global: true,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: CursorCodec, useValue: new CursorCodec(settings.CURSOR_SECRET) },
      ],
      exports: [LOGGER, CursorCodec],
    };
  }
}
