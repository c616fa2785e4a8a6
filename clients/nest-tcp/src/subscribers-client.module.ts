import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import type { SubscribersClientOptions } from './options.js';
import { SubscribersClient } from './subscribers-client.js';

/** Provides a {@link SubscribersClient} that connects with the first message and closes with the application. */
@Module({})
export class SubscribersClientModule {
  static register(options: SubscribersClientOptions): DynamicModule {
    return this.registerAsync({ useFactory: () => options });
  }

  /** For options from another provider, such as a `ConfigService`. */
  static registerAsync({
    imports = [],
    inject = [],
    useFactory,
  }: Pick<DynamicModule, 'imports'> &
    Pick<FactoryProvider<SubscribersClientOptions>, 'useFactory'> &
    Partial<Pick<FactoryProvider, 'inject'>>): DynamicModule {
    const client: FactoryProvider<SubscribersClient> = {
      provide: SubscribersClient,
      inject,
      // oxlint-disable-next-line typescript/no-explicit-any -- NestJS's type, which does not know the providers
      useFactory: async (...needed: any[]) => new SubscribersClient(await useFactory(...needed)),
    };
    return { module: SubscribersClientModule, imports, providers: [client], exports: [SubscribersClient] };
  }
}
