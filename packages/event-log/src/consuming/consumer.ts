import { setTimeout as delay } from 'node:timers/promises';
import { WakeableTimer } from '@kit/service';
import type { Logger } from 'pino';
import type { DataSource, EntityManager } from 'typeorm';
import type { LoggedEvent } from '../logged-event.js';
import { LogReader } from '../reading/log-reader.js';
import { advance, createPosition, tryPosition } from './consumer-statements.js';

/** How many events one transaction processes at most, unless the consumer says otherwise. */
const BATCH = 100;
const MAX_BATCH = 5_000;
const POLL_MS = 1_000;
/** The pause between two transactions, so that a busy log causes few large ones. */
const PAUSE_MS = 20;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 60_000;

/** Events that were deleted before the consumer processed them. */
export interface MissedEvents {
  readonly first: number;
  readonly last: number;
}

export interface ConsumerOptions {
  /** The name of its position in the database. Two consumers must not share one. */
  readonly name: string;
  readonly kinds: readonly string[];
  /** Where it begins when it has no position yet. By default at the oldest event of the log. */
  readonly from?: 'oldest' | 'newest';
  /** How many events one transaction processes at most: 1 to 5,000, by default 100. */
  readonly batch?: number;
  /**
   * Processes the next events, in order, in the transaction that advances the position. Its writes with `manager` are made
   * once for each event. Its effects elsewhere may be repeated. If it throws, the events are retried.
   */
  handle(events: readonly LoggedEvent[], manager: EntityManager): Promise<void>;
  /** Called when events were deleted before they were processed, in the transaction that skips them. */
  onMissed?(missed: MissedEvents, manager: EntityManager): Promise<void>;
}

/**
 * Processes events at its own pace, from a position in the database. Each transaction locks the position, so one process
 * works at a time, and another one continues when it dies.
 */
export class Consumer {
  private readonly timer = new WakeableTimer();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private readonly mostInBatch: number;
  private batch: number;
  private retryMs = FIRST_RETRY_MS;

  constructor(
    private readonly options: ConsumerOptions,
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
  ) {
    const { name, batch = BATCH } = options;
    if (!Number.isInteger(batch) || batch < 1 || batch > MAX_BATCH) {
      throw new RangeError(`the batch of the consumer ${name} must be between 1 and ${MAX_BATCH} events`);
    }
    this.mostInBatch = this.batch = batch;
  }

  start(): void {
    this.running = this.run();
  }

  /** Completes the current transaction. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.timer.wake();
    await this.running;
  }

  wake(): void {
    this.timer.wake();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const hasMore = await this.dataSource.transaction((manager) => this.step(manager));
        this.batch = Math.min(this.batch * 2, this.mostInBatch);
        this.retryMs = FIRST_RETRY_MS;
        if (!hasMore) {
          await this.pause(PAUSE_MS);
          await this.timer.wait(POLL_MS);
        }
      } catch (error) {
        const { name: consumer } = this.options;
        this.logger.error({ err: error, consumer, retryMs: this.retryMs }, 'the consumer failed; retrying');
        // One at a time up to the event that fails.
        this.batch = 1;
        await this.pause(this.retryMs);
        this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
      }
    }
  }

  /** Processes the next events. @returns whether there are more for this process */
  private async step(manager: EntityManager): Promise<boolean> {
    const { name, kinds, from = 'oldest' } = this.options;
    const position = await tryPosition(manager, name);
    // A new position is committed at once, so that other processes do not wait for it.
    if (position === null) return createPosition(manager, name, from);
    const log = new LogReader(manager);
    const { state, events, reached } = await log.page({ after: position, kinds, limit: this.batch });
    if (position < state.trimmedSeq) {
      await this.skip(manager, { first: position + 1, last: state.trimmedSeq });
      return true;
    }
    if (events.length > 0) await this.options.handle(events, manager);
    if (reached !== position) await advance(manager, name, reached);
    return reached < state.lastSeq;
  }

  private async skip(manager: EntityManager, missed: MissedEvents): Promise<void> {
    const { name } = this.options;
    this.logger.error(
      { consumer: name, ...missed },
      'the consumer missed events: they were deleted before it processed them',
    );
    await this.options.onMissed?.(missed, manager);
    await advance(manager, name, missed.last);
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}
