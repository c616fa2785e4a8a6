import { Semaphore } from '@kit/service';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { UpstreamEvent } from '../../request/upstream-event.js';
import type { RoomEvent } from './ring.js';
import { Retries } from './retries.js';
import { hasSameRequest, type RoomTopic } from './room-topic.js';
import { UpstreamSubscription } from './upstream-subscription.js';
import type { Watcher } from './watcher.js';

/** The upstream is paused above the first number of events that wait for completion, and resumed at the second one. */
const MAX_WAITING = 500;
const RESUME_BELOW = 50;

/** How many events of a room are completed concurrently. Their equal requests to subgraphs are one (`SharedReads`). */
const MAX_CONCURRENT_COMPLETIONS = 64;

/** Codes that a subgraph may return for an accepted operation while another version of it is rolled out. */
const TRANSIENT_CODES = ['INTERNAL_SERVER_ERROR', 'GRAPHQL_VALIDATION_FAILED'];

/** Receives the completed events of an upstream. */
export interface Downstream {
  /**
   * Receives completed events in the order of their arrival.
   * @param catchesUp whether everything up to now has arrived with this event
   */
  next(event: RoomEvent, isBookmark: boolean, catchesUp: boolean): void;
  /** The upstream has ended. `tell` notifies a watcher that has received everything. */
  ended(tell: (watcher: Watcher) => void): void;
}

/**
 * A room's upstream subscription. It completes each event from the other subgraphs. It resubscribes after the last
 * event when the upstream is lost, or when a new supergraph needs another upstream request.
 */
export class RoomUpstream {
  private topic: RoomTopic;
  /** Null while lost or paused. */
  private subscription: UpstreamSubscription | null = null;
  private readonly retries = new Retries();
  private lastCursor: string | null;
  private hasDelivered = false;
  private caughtUp = false;
  private replayEnded = false;
  private waiting = 0;
  private paused = false;
  private readonly completionSlots = new Semaphore(MAX_CONCURRENT_COMPLETIONS);
  private completions: Promise<void> = Promise.resolve();
  private closed = false;

  /** @param after the cursor to start from; null means now */
  constructor(
    topic: RoomTopic,
    after: string | null,
    private readonly downstream: Downstream,
  ) {
    this.topic = topic;
    this.lastCursor = after;
    this.subscribe();
  }

  /** The cursor of the newest event, or the start cursor; null before the first one is known. */
  get cursor(): string | null {
    return this.lastCursor;
  }

  /** Whether everything up to now has arrived. */
  get isCaughtUp(): boolean {
    return this.caughtUp;
  }

  /** Whether it has ever been caught up. */
  get hasCaughtUp(): boolean {
    return this.replayEnded;
  }

  /** @param topic one that the current topic can continue with */
  useTopic(topic: RoomTopic): void {
    this.topic = topic;
    this.subscription?.useTopic(topic);
    this.resubscribeIfChanged();
  }

  /** Reports an unexpected error. */
  onFault(error: unknown): void {
    this.topic.onFault(error);
  }

  /** Unsubscribes, and notifies the watchers once the events that have arrived are completed. */
  finish(tell: (watcher: Watcher) => void): void {
    this.unsubscribe();
    this.retries.stop();
    this.afterCompletions(() => this.downstream.ended(tell));
  }

  /** Ends at once, without notifying watchers. */
  close(): void {
    this.closed = true;
    this.retries.stop();
    this.unsubscribe();
  }

  private unsubscribe(): void {
    this.subscription?.close();
    this.subscription = null;
    this.caughtUp = false;
  }

  private subscribe(): void {
    const subscription = new UpstreamSubscription(this.topic, this.lastCursor, this.hasDelivered);
    this.subscription = subscription;
    this.caughtUp = this.topic.resumption === null;
    const last = (work: () => void) => {
      this.unsubscribe();
      work();
    };
    subscription.open({
      next: (event) => {
        try {
          this.receive(event, subscription);
        } catch (error) {
          // All rooms share the upstream socket, so an unreadable event must not break it.
          this.topic.onFault(error);
          this.finish((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
        }
      },
      rejected: (errors) => last(() => this.rejected(errors)),
      lost: () => last(() => this.lost()),
      complete: () => last(() => this.finish((watcher) => watcher.complete())),
    });
  }

  private receive(received: UpstreamEvent, subscription: UpstreamSubscription): void {
    const { topic } = subscription;
    const { event, cursor, isBookmark, isVisible, catchesUp } = subscription.read(received, this.replayEnded);
    this.retries.onReceived(isBookmark, subscription.age);
    const receivedAt = performance.now();
    topic.figures.received += 1;
    this.waiting += 1;
    if (this.waiting > MAX_WAITING) this.pause();
    const completion = isVisible ? this.completionSlots.run(() => this.complete(event, topic)) : null;
    // Handled below, when its turn in the queue comes.
    completion?.catch(() => {});
    this.enqueue(async () => {
      const result = await completion;
      this.waiting -= 1;
      if (this.closed) return;
      if (cursor !== null) this.lastCursor = cursor;
      const json = result && JSON.stringify(result);
      if (catchesUp) this.caughtUp = this.replayEnded = true;
      this.hasDelivered = true;
      this.downstream.next({ cursor, json }, isBookmark, catchesUp);
      topic.figures.onFanOut((performance.now() - receivedAt) / 1_000);
      if (this.paused && this.waiting <= RESUME_BELOW) this.resubscribe();
      else this.resubscribeIfChanged();
    });
  }

  /** Completes an event with the newest plan that has the same upstream request. */
  private async complete(event: UpstreamEvent, topic: RoomTopic): Promise<FormattedExecutionResult | null> {
    if (this.closed) return null;
    const current = hasSameRequest(topic, this.topic) ? this.topic : topic;
    const result = await current.complete(event);
    topic.figures.completions[result.errors ? 'failed' : 'ok'] += 1;
    return result;
  }

  /** Resubscribes after the last event when the topic has another upstream request. */
  private resubscribeIfChanged(): void {
    const subscription = this.subscription;
    if (this.closed || !subscription || hasSameRequest(subscription.topic, this.topic)) return;
    // Without a cursor it cannot resume. The first event brings one and calls this again.
    if (this.lastCursor === null) return;
    this.unsubscribe();
    this.resubscribe();
  }

  /** Backpressure: unsubscribes, and resumes once the waiting events are completed. */
  private pause(): void {
    if (this.paused) return;
    if (this.topic.resumption === null)
      return this.finish((watcher) => watcher.cutOff('SUBSCRIPTION_LAGGED'));
    this.unsubscribe();
    this.paused = true;
  }

  private resubscribe(): void {
    this.paused = false;
    // The cursor to resume from is known once all waiting events are completed.
    this.afterCompletions(() => this.subscribe());
  }

  private rejected(errors: readonly GraphQLFormattedError[]): void {
    const codes = errors.map(({ extensions }) => extensions?.['code']);
    // The subgraph has accepted this operation before, so the error is transient.
    const hasFailed = this.hasDelivered && codes.some((code) => TRANSIENT_CODES.includes(String(code)));
    if (hasFailed || codes.includes('SUBGRAPH_UNAVAILABLE')) return this.lost();
    this.afterCompletions(() => {
      const formatted = this.topic.format(errors);
      this.downstream.ended((watcher) => watcher.rejected(formatted));
    });
  }

  private lost(): void {
    const { resumption, retryWindowMs } = this.topic;
    const willRetry = resumption !== null && this.retries.schedule(retryWindowMs, () => this.resubscribe());
    if (!willRetry) this.finish((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
  }

  private afterCompletions(work: () => void): void {
    this.enqueue(() => {
      if (!this.closed) work();
    });
  }

  /** Runs work in order. An unexpected error ends this room only. */
  private enqueue(work: () => void | Promise<void>): void {
    this.completions = this.completions.then(work).catch((error: unknown) => {
      if (this.closed) return;
      this.topic.onFault(error);
      this.downstream.ended((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
    });
  }
}
