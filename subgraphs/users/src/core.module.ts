import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from './config.js';

/** What of the configuration the modules of this service use. */
export type Settings = Pick<
  Config,
  'DATABASE_URL' | 'DATABASE_POOL_SIZE' | 'SIGNING_KEY_SECRET' | 'ACCESS_TOKEN_SECONDS' | 'DEFAULT_ROLE'
>;

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
      ],
      exports: [SETTINGS, LOGGER],
    };
  }
}
