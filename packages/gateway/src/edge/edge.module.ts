import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { Load, type LoadLimits } from './load.js';
import { Origins, type OriginsOptions } from './origins.js';
import { RateLimit, type RateLimitOptions } from './rate-limit.js';

export const EDGE_SETTINGS = Symbol('edge settings');

export interface EdgeSettings {
  readonly rateLimit: RateLimitOptions;
  readonly load: LoadLimits;
  readonly origins: Omit<OriginsOptions, 'logger'>;
}

/** Which requests the gateway accepts: the rate limit, the load, and the origins of pages. */
@Module({
  providers: [
    {
      provide: RateLimit,
      inject: [EDGE_SETTINGS],
      useFactory: ({ rateLimit }: EdgeSettings) => new RateLimit(rateLimit),
    },
    { provide: Load, inject: [EDGE_SETTINGS], useFactory: ({ load }: EdgeSettings) => new Load(load) },
    {
      provide: Origins,
      inject: [EDGE_SETTINGS, LOGGER],
      useFactory: ({ origins }: EdgeSettings, logger: Logger) => new Origins({ ...origins, logger }),
    },
  ],
  exports: [RateLimit, Load, Origins],
})
export class EdgeModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(Load) private readonly load: Load) {}

  onApplicationBootstrap(): void {
    this.load.start();
  }

  onApplicationShutdown(): void {
    this.load.stop();
  }
}
