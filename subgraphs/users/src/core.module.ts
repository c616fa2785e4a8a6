import { Module, type DynamicModule } from '@nestjs/common';
import { CursorCodec } from '@supergraph/service/pagination/cursor-codec';
import type { Logger } from 'pino';
import type { Config } from './config.js';

/** What of the configuration the modules of this service use. */
export type Settings = Omit<Config, 'TXN_TOKEN_SECRET' | 'TXN_TOKEN_SECRET_PREVIOUS'>;

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');

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
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        // It derives a key of its own. Lists are short here: a new secret costs whoever pages at that moment a new start.
        { provide: CursorCodec, useValue: new CursorCodec(settings.SIGNING_KEY_SECRET) },
      ],
      exports: [SETTINGS, LOGGER, CursorCodec],
    };
  }
}
