import { Module } from '@nestjs/common';
import { LOGGER } from '@kit/service';
import type { Logger } from 'pino';
import { OperationRules, type OperationSettings } from './operation-rules.js';

export const OPERATION_SETTINGS = Symbol('operation settings');

/** Which operations may run: limits and persisted operations. */
@Module({
  providers: [
    {
      provide: OperationRules,
      inject: [OPERATION_SETTINGS, LOGGER],
      useFactory: (settings: OperationSettings, logger: Logger) => new OperationRules(settings, logger),
    },
  ],
  exports: [OperationRules],
})
export class OperationModule {}
