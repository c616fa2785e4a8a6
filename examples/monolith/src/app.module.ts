import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { SubscribersClientModule } from '@supergraph/nest-tcp-client';
import { AccessTokens } from './access-tokens.js';
import type { Settings } from './settings.js';
import { SubscribersController } from './subscribers.controller.js';
import { SubscribersExceptionFilter } from './subscribers-exception.filter.js';

@Module({})
export class AppModule {
  static with({ jwksUrl, subscribers }: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [SubscribersClientModule.register(subscribers)],
      controllers: [SubscribersController],
      providers: [
        { provide: AccessTokens, useValue: new AccessTokens(jwksUrl) },
        { provide: APP_FILTER, useClass: SubscribersExceptionFilter },
      ],
    };
  }
}
