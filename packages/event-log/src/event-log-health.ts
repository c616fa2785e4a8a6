import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import type { ConsumerLag, Consumers } from './consuming/consumers.js';
import type { LogReader } from './reading/log-reader.js';
import type { Relay } from './relay/relay.js';
import type { Tail } from './watching/tail.js';

const LOG_EVERY_MS = 60_000;

/** Events that wait longer for their number cause a warning. */
const LARGE_LAG_MS = 5_000;

/** Events that wait longer for a consumer cause a warning. */
const LARGE_CONSUMER_LAG_MS = 60_000;

/** How long metrics wait for the database. */
const METRICS_TIMEOUT_MS = 2_000;

/** The state of the event stream, for operators. */
export interface EventLogState {
  /** Whether this process or another one numbers events. */
  readonly relay: 'here' | 'elsewhere';
  /** The age of the oldest live event without a number, in milliseconds. */
  readonly lagMs: number;
  /** The number of events of bulk jobs without a number. Absent if there are none. */
  readonly waitingBulkEvents?: number;
  /** The number of events in the log. */
  readonly logSize: number;
  /** The number of subscriptions that this process serves. */
  readonly watchers: number;
  /** How far each durable consumer is behind. Absent without consumers. */
  readonly consumers?: readonly ConsumerLag[];
}

/** Reports the state of the event log on request, in metrics, and in the log every minute. */
export class EventLogHealth {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: LogReader,
    private readonly relay: Relay,
    private readonly tail: Tail,
    private readonly consumers: Consumers,
    private readonly logger: Logger,
  ) {}

  /** Whether this process numbers events. */
  get isRelay(): boolean {
    return this.relay.isHere;
  }

  /** The number of subscriptions that this process serves. */
  get watchers(): number {
    return this.tail.watchers;
  }

  start(): void {
    this.timer = setInterval(() => void this.logState(), LOG_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** @throws if the database does not respond */
  async now(): Promise<EventLogState> {
    const [{ lastSeq, trimmedSeq }, lagMs, waitingBulkEvents, consumers] = await Promise.all([
      this.log.state(),
      this.log.lagMs(),
      this.log.waitingBulkEvents(),
      this.consumers.lag(),
    ]);
    return {
      relay: this.isRelay ? 'here' : 'elsewhere',
      lagMs,
      ...(waitingBulkEvents > 0 && { waitingBulkEvents }),
      logSize: lastSeq - trimmedSeq,
      watchers: this.watchers,
      ...(consumers.length > 0 && { consumers }),
    };
  }

  /** Adds the lags of the relay and of consumers, and the waiting bulk events, to the metrics of the service. */
  addMetrics(registry: Registry): void {
    const { consumers, log } = this;
    const lag = new Gauge({
      name: 'event_log_lag_seconds',
      help: 'The age of the oldest live event without a number; NaN while the database does not respond.',
      registers: [],
      async collect() {
        this.set((await soon(log.lagMs(), NaN)) / 1_000);
      },
    });
    const waitingBulk = new Gauge({
      name: 'event_log_bulk_waiting_events',
      help: 'Events of bulk jobs without a number; NaN while the database does not respond.',
      registers: [],
      async collect() {
        this.set(await soon(log.waitingBulkEvents(), NaN));
      },
    });
    const consumerLag = new Gauge({
      name: 'event_log_consumer_lag_events',
      help: 'Events that a durable consumer has not processed yet.',
      labelNames: ['consumer'],
      registers: [],
      async collect() {
        // Without a value while the database does not respond.
        const lags = await soon(consumers.lag(), []);
        this.reset();
        for (const { name, events } of lags) this.set({ consumer: name }, events);
      },
    });
    registry.registerMetric(lag);
    registry.registerMetric(waitingBulk);
    registry.registerMetric(consumerLag);
  }

  private async logState(): Promise<void> {
    try {
      const state = await this.now();
      const isLate =
        state.lagMs > LARGE_LAG_MS ||
        state.consumers?.some(({ lagMs }) => lagMs > LARGE_CONSUMER_LAG_MS) === true;
      this.logger[isLate ? 'warn' : 'info'](state, 'the event stream');
    } catch (error) {
      this.logger.warn({ err: error }, 'the state of the event stream is unknown');
    }
  }
}

/** Returns the value, or `otherwise` if it fails or takes too long. */
async function soon<Value>(value: Promise<Value>, otherwise: Value): Promise<Value> {
  const done = new AbortController();
  const timeout = delay(METRICS_TIMEOUT_MS, otherwise, { signal: done.signal, ref: false });
  try {
    return await Promise.race([value.catch(() => otherwise), timeout.catch(() => otherwise)]);
  } finally {
    done.abort();
  }
}
