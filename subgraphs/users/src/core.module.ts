import { Module, type DynamicModule } from '@nestjs/common';
import { CursorCodec, LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import type { Config } from './config.js';

/** The part of the configuration that modules may use. */
export type Settings = Omit<Config, 'TXN_TOKEN_SECRET' | 'TXN_TOKEN_SECRET_PREVIOUS'>;

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');

/** The global providers of this service. */
@Module({})
export class CoreModule {
  static with(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: CoreModule,
      global: true,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        // A new secret invalidates cursors, which is acceptable since lists here are short.
        { provide: CursorCodec, useValue: new CursorCodec(settings.SIGNING_KEY_SECRET) },
      ],
      exports: [SETTINGS, LOGGER, CursorCodec],
    };
  }
}
