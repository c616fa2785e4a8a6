import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { Subgraphs, type SubgraphsSettings } from './subgraphs.js';

export const SUBGRAPHS_SETTINGS = Symbol('subgraphs settings');

/** The connections to the subgraphs. */
@Module({
  providers: [
    {
      provide: Subgraphs,
      inject: [SUBGRAPHS_SETTINGS, LOGGER],
      useFactory: (settings: SubgraphsSettings, logger: Logger) => new Subgraphs(settings, logger),
    },
  ],
  exports: [Subgraphs],
})
export class SubgraphsModule implements OnApplicationShutdown {
  constructor(@Inject(Subgraphs) private readonly subgraphs: Subgraphs) {}

  async onApplicationShutdown(): Promise<void> {
    await this.subgraphs.close();
  }
}
