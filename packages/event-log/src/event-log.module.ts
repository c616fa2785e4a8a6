import { CursorCodec, LOGGER, METRICS } from '@kit/service';
import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { EventLogHealth } from './event-log-health.js';
import { EventLogRuntime, type EventLogOptions } from './event-log-runtime.js';
import { EventLog } from './event-log.js';

/** The event log of a service. It needs the `DataSource`, `LOGGER`, `CursorCodec` and, if there is one, `METRICS`. */
@Module({})
export class EventLogModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  static with(options: EventLogOptions = {}): DynamicModule {
    return {
      module: EventLogModule,
      global: true,
      providers: [
        {
          provide: EventLogRuntime,
          inject: [DataSource, CursorCodec, LOGGER, { token: METRICS, optional: true }],
          useFactory: (dataSource: DataSource, codec: CursorCodec, logger: Logger, metrics?: Registry) =>
            new EventLogRuntime(dataSource, codec, logger, options, metrics),
        },
        {
          provide: EventLog,
          inject: [EventLogRuntime],
          useFactory: ({ eventLog }: EventLogRuntime) => eventLog,
        },
        {
          provide: EventLogHealth,
          inject: [EventLogRuntime],
          useFactory: ({ health }: EventLogRuntime) => health,
        },
      ],
      exports: [EventLog, EventLogHealth],
    };
  }

  constructor(@Inject(EventLogRuntime) private readonly runtime: EventLogRuntime) {}

  /** Call it once, when the database is open. */
  start(): Promise<void> {
    return this.runtime.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.runtime.stopReading();
  }

  /** In the last shutdown phase, so that the events of the last requests are numbered as well. */
  onApplicationShutdown(): Promise<void> {
    return this.runtime.stopNumbering();
  }
}
