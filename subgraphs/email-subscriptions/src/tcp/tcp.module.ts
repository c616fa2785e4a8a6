import { Module, type DynamicModule } from '@nestjs/common';
import { MessageListener, TCP_OPTIONS } from './message-listener.js';
import type { MessageListenerOptions } from './tcp-config.js';

/** Listens for messages of NestJS applications, unless the options are undefined. */
@Module({})
export class TcpModule {
  static with(options: MessageListenerOptions | undefined): DynamicModule {
    return {
      module: TcpModule,
      providers: [MessageListener, { provide: TCP_OPTIONS, useValue: options }],
    };
  }
}
