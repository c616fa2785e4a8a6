import { LOGGER } from '@kit/service';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { EventLog } from './event-log.js';
import { Outbox } from './outbox.js';
import { Relay } from './relay.js';
import { WakeUps } from './wake-ups.js';

/** Writes events in the transactions of changes, numbers them, and wakes their readers. */
@Module({})
export class EventLogModule implements OnApplicationShutdown {
  static with(settings: Config): DynamicModule {
    const database = { url: settings.DATABASE_URL, application: 'email-subscriptions' };
    return {
      module: EventLogModule,
      global: true,
      providers: [
        EventLog,
        Outbox,
        {
          provide: WakeUps,
          inject: [LOGGER],
          useFactory: (logger: Logger) => new WakeUps(database, logger),
        },
        {
          provide: Relay,
          inject: [WakeUps, LOGGER],
          useFactory: (wakeUps: WakeUps, logger: Logger) => {
            const relay = new Relay(
              { database, keptHours: settings.EVENT_LOG_RETENTION_HOURS },
              () => wakeUps.announce('event_log'),
              logger,
            );
            wakeUps.listen('outbox', () => relay.wake());
            return relay;
          },
        },
      ],
      exports: [EventLog, Outbox, Relay, WakeUps],
    };
  }

  constructor(
    @Inject(Relay) private readonly relay: Relay,
    @Inject(WakeUps) private readonly wakeUps: WakeUps,
  ) {}

  /** Call it once, when the database is open. */
  start(): void {
    this.wakeUps.start();
    this.relay.start();
  }

  /** In the last shutdown phase, so that the events of the last requests are numbered as well. */
  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.wakeUps.stop();
  }
}
