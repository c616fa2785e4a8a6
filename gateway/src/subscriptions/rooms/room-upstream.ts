import { Semaphore } from '@supergraph/service/semaphore';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { UpstreamEvent } from '../plan/upstream-event.js';
import type { RoomEvent } from './ring.js';
import { Retries } from './retries.js';
import { asksTheSame, type RoomTopic } from './room-topic.js';
import { UpstreamSubscription } from './upstream-subscription.js';
import type { Watcher } from './watcher.js';

/** How many events may wait for their completion before the upstream is asked to wait, and how many to go on. */
const MOST_WAITING = 500;
const FEW_WAITING = 50;

/** How many events of a room may be under way to other subgraphs at a time. */
const COMPLETIONS_AT_ONCE = 8;

/** What a subgraph may say, of what it has accepted before, while another version of it is being rolled out. */
const PASSING = ['INTERNAL_SERVER_ERROR', 'GRAPHQL_VALIDATION_FAILED'];

/** Where what comes from upstream goes. */
export interface Downstream {
  /**
   * What has come and was completed, in the order in which it has come.
   * @param catchesUp whether with it everything up to now has come
   */
  next(event: RoomEvent, isBookmark: boolean, catchesUp: boolean): void;
  /** Nothing more comes; watchers who have taken all are to be told so. */
  ended(tell: (watcher: Watcher) => void): void;
}

/**
 * A room's upstream subscription, each of its events completed. One that is lost is taken up again after the last
 * event, and so is one that another request has to take the place of since there is a new supergraph.
 */
export class RoomUpstream {
  private topic: RoomTopic;
  /** Null while it is lost, or waits. */
  private subscription: UpstreamSubscription | null = null;
  private readonly retries = new Retries();
  private lastCursor: string | null;
  private hasDelivered = false;
  private caughtUp = false;
  private replayEnded = false;
  private waiting = 0;
  private paused = false;
  private readonly atOnce = new Semaphore(COMPLETIONS_AT_ONCE);
  private completions: Promise<void> = Promise.resolve();
  private over = false;

  /** @param after the cursor to start from; null is now */
  constructor(
    topic: RoomTopic,
    after: string | null,
    private readonly downstream: Downstream,
  ) {
    this.topic = topic;
    this.lastCursor = after;
    this.subscribe();
  }

  /** The cursor of the newest event, or that it starts from; null before the first one has come. */
  get cursor(): string | null {
    return this.lastCursor;
  }

  /** Whether everything up to now has come. */
  get isCaughtUp(): boolean {
    return this.caughtUp;
  }

  /** Whether it ever was so. */
  get hasCaughtUp(): boolean {
    return this.replayEnded;
  }

  /** Goes over to a topic that can follow the one before. */
  renew(topic: RoomTopic): void {
    this.topic = topic;
    this.subscription?.renew(topic);
    this.follow();
  }

  /** To be told of what nobody foresaw. */
  onFault(error: unknown): void {
    this.topic.onFault(error);
  }

  /** Asks for nothing more; what has come is completed before watchers are told. */
  finish(tell: (watcher: Watcher) => void): void {
    this.letGo();
    this.retries.stop();
    this.afterCompletions(() => this.downstream.ended(tell));
  }

  /** Ends at once. */
  close(): void {
    this.over = true;
    this.retries.stop();
    this.letGo();
  }

  private letGo(): void {
    this.subscription?.letGo();
    this.subscription = null;
    this.caughtUp = false;
  }

  private subscribe(): void {
    const subscription = new UpstreamSubscription(this.topic, this.lastCursor, this.hasDelivered);
    this.subscription = subscription;
    this.caughtUp = this.topic.resumption === null;
    const last = (work: () => void) => {
      this.letGo();
      work();
    };
    subscription.open({
      next: (event) => {
        try {
          this.receive(event, subscription);
        } catch (error) {
          // All rooms share the socket that this comes from: what one cannot read must not break it.
          this.topic.onFault(error);
          this.finish((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
        }
      },
      refused: (errors) => last(() => this.refused(errors)),
      lost: () => last(() => this.lost()),
      complete: () => last(() => this.finish((watcher) => watcher.complete())),
    });
  }

  private receive(received: UpstreamEvent, subscription: UpstreamSubscription): void {
    const { topic } = subscription;
    const { event, cursor, isBookmark, isWanted, catchesUp } = subscription.read(received, this.replayEnded);
    this.retries.heard(isBookmark, subscription.age);
    const since = performance.now();
    topic.figures.received += 1;
    this.waiting += 1;
    if (this.waiting > MOST_WAITING) this.pause();
    const completion = isWanted ? this.atOnce.run(() => this.complete(event, topic)) : null;
    // Should it fail before its turn has come, it is still dealt with then.
    completion?.catch(() => {});
    this.next(async () => {
      const result = await completion;
      this.waiting -= 1;
      if (this.over) return;
      if (cursor !== null) this.lastCursor = cursor;
      const json = result && JSON.stringify(result);
      if (catchesUp) this.caughtUp = this.replayEnded = true;
      this.hasDelivered = true;
      this.downstream.next({ cursor, json }, isBookmark, catchesUp);
      topic.figures.onFanOut((performance.now() - since) / 1_000);
      if (this.paused && this.waiting <= FEW_WAITING) this.goOn();
      else this.follow();
    });
  }

  /** By the newest plan that fits what was asked for. */
  private async complete(event: UpstreamEvent, topic: RoomTopic): Promise<FormattedExecutionResult | null> {
    if (this.over) return null;
    const by = asksTheSame(topic, this.topic) ? this.topic : topic;
    const result = await by.complete(event);
    topic.figures.completions[result.errors ? 'failed' : 'ok'] += 1;
    return result;
  }

  /** Asks as the topic says, from the last event on, where it is something else that was asked for. */
  private follow(): void {
    const subscription = this.subscription;
    if (this.over || !subscription || asksTheSame(subscription.topic, this.topic)) return;
    // Not known yet where to go on from; the first that comes tells, and then it is done.
    if (this.lastCursor === null) return;
    this.letGo();
    this.goOn();
  }

  /** What the room has not asked for cannot fill the memory: it is asked for again when there is room for it. */
  private pause(): void {
    if (this.paused) return;
    if (this.topic.resumption === null)
      return this.finish((watcher) => watcher.cutOff('SUBSCRIPTION_LAGGED'));
    this.letGo();
    this.paused = true;
  }

  private goOn(): void {
    this.paused = false;
    // Whatever else waits is completed first, and with it the cursor to go on from is known.
    this.afterCompletions(() => this.subscribe());
  }

  private refused(errors: readonly GraphQLFormattedError[]): void {
    const codes = errors.map(({ extensions }) => extensions?.['code']);
    // What it has accepted before, it would accept again if nothing were wrong with it.
    const hasFailed = this.hasDelivered && codes.some((code) => PASSING.includes(String(code)));
    if (hasFailed || codes.includes('SUBGRAPH_UNAVAILABLE')) return this.lost();
    this.afterCompletions(() => {
      const formatted = this.topic.format(errors);
      this.downstream.ended((watcher) => watcher.refused(formatted));
    });
  }

  private lost(): void {
    const { resumption, retryWindowMs } = this.topic;
    const isTriedAgain = resumption !== null && this.retries.again(retryWindowMs, () => this.goOn());
    if (!isTriedAgain) this.finish((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
  }

  private afterCompletions(work: () => void): void {
    this.next(() => {
      if (!this.over) work();
    });
  }

  /** Does one thing after the other. What fails without anybody having foreseen it ends this room, and no other. */
  private next(work: () => void | Promise<void>): void {
    this.completions = this.completions.then(work).catch((error: unknown) => {
      if (this.over) return;
      this.topic.onFault(error);
      this.downstream.ended((watcher) => watcher.cutOff('SUBSCRIPTION_UPSTREAM_LOST'));
    });
  }
}
