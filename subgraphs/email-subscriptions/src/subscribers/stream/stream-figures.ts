import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { LOGGER } from '../../core.module.js';
import { EventLog } from '../../event-log/event-log.js';
import { Relay } from '../../event-log/relay.js';
import { Tail } from './tail.js';

const TOLD_EVERY_MS = 60_000;

/** An event that waits longer than this for its number is worth a warning. */
const LARGE_LAG_MS = 5_000;

/** What an operator wants to know of the event stream. */
export interface StreamState {
  /** Whether this process numbers events; otherwise another one does, or is about to. */
  readonly relay: 'here' | 'elsewhere';
  /** For how long the oldest event without a number has waited, in milliseconds. */
  readonly lagMs: number;
  /** How many events the log keeps. */
  readonly logSize: number;
  /** How many live operations this process serves. */
  readonly watchers: number;
}

/** The state of the event stream, for whoever asks, and in the log every minute. */
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
    this.timer = setInterval(() => void this.tell(), TOLD_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Rejects when the database does not answer. */
  async now(): Promise<StreamState> {
    const [{ lastSeq, trimmedSeq }, lagMs] = await Promise.all([this.log.state(), this.log.lagMs()]);
    return {
      relay: this.relay.isHere ? 'here' : 'elsewhere',
      lagMs,
      logSize: lastSeq - trimmedSeq,
      watchers: this.tail.watchers,
    };
  }

  private async tell(): Promise<void> {
    try {
      const state = await this.now();
      this.logger[state.lagMs > LARGE_LAG_MS ? 'warn' : 'info'](state, 'the event stream');
    } catch (error) {
      this.logger.warn({ err: error }, 'the state of the event stream is not known');
    }
  }
}
