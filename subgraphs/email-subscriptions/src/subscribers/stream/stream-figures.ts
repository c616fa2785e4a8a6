import { LOGGER } from '@kit/service';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { EventLog } from '../../event-log/event-log.js';
import { Relay } from '../../event-log/relay.js';
import { Tail } from './tail.js';

const LOG_EVERY_MS = 60_000;

/** Events that wait longer for their number cause a warning. */
const LARGE_LAG_MS = 5_000;

/** The state of the event stream, for operators. */
export interface StreamState {
  /** Whether this process or another one numbers events. */
  readonly relay: 'here' | 'elsewhere';
  /** The age of the oldest event without a number, in milliseconds. */
  readonly lagMs: number;
  /** The number of events in the log. */
  readonly logSize: number;
  /** The number of subscriptions that this process serves. */
  readonly watchers: number;
}

/** Reports the state of the event stream on request, and logs it every minute. */
@Injectable()
export class StreamFigures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly relay: Relay,
    private readonly tail: Tail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.logState(), LOG_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @throws if the database does not respond */
  async now(): Promise<StreamState> {
    const [{ lastSeq, trimmedSeq }, lagMs] = await Promise.all([this.log.state(), this.log.lagMs()]);
    return {
      relay: this.relay.isHere ? 'here' : 'elsewhere',
      lagMs,
      logSize: lastSeq - trimmedSeq,
      watchers: this.tail.watchers,
    };
  }

  private async logState(): Promise<void> {
    try {
      const state = await this.now();
      this.logger[state.lagMs > LARGE_LAG_MS ? 'warn' : 'info'](state, 'the event stream');
    } catch (error) {
      this.logger.warn({ err: error }, 'the state of the event stream is unknown');
    }
  }
}
