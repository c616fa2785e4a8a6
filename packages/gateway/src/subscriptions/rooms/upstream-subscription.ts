import type { UpstreamEvent } from '../../request/upstream-event.js';
import { hasSameRequest, type RoomTopic } from './room-topic.js';
import type { UpstreamSink } from '../../subgraphs/upstream.js';

/** A message from upstream, with what a room needs to know about it. */
export interface Received {
  readonly event: UpstreamEvent;
  /** Null when the event has no cursor. */
  readonly cursor: string | null;
  readonly isBookmark: boolean;
  /** Whether watchers receive it. */
  readonly isVisible: boolean;
  /** Whether everything up to now has arrived with it. */
  readonly catchesUp: boolean;
}

/** One upstream subscription from a start cursor on, until it ends or is closed. */
export class UpstreamSubscription {
  private readonly openedAt = performance.now();
  /** How many bookmarks upstream must still send: one at the start, and one at the end of the missed events. */
  private bookmarksDue: number;
  private isCurrent = true;
  private stop = () => {};

  private currentTopic: RoomTopic;

  /**
   * @param after the cursor to start from; null means now
   * @param isRetry whether it continues an earlier subscription, so that its extra bookmarks are hidden from watchers
   */
  constructor(
    topic: RoomTopic,
    private readonly after: string | null,
    private readonly isRetry: boolean,
  ) {
    this.currentTopic = topic;
    this.bookmarksDue = after === null ? 1 : 2;
  }

  get topic(): RoomTopic {
    return this.currentTopic;
  }

  /** Releases the old topic, and so its supergraph, if the new one has the same upstream request. */
  useTopic(topic: RoomTopic): void {
    if (hasSameRequest(this.currentTopic, topic)) this.currentTopic = topic;
  }

  /** The age of the subscription, in milliseconds. */
  get age(): number {
    return performance.now() - this.openedAt;
  }

  /** Subscribes. The sink may be called before this returns, and is not called after `close`. */
  open(sink: UpstreamSink): void {
    const { upstream, request, auth, resumption } = this.topic;
    const variables =
      resumption && this.after !== null
        ? { ...request.variables, [resumption.variable]: this.after }
        : request.variables;
    const ifCurrent = (tell: () => void) => {
      if (this.isCurrent) tell();
    };
    this.stop = upstream.subscribe({ ...request, variables }, auth, {
      next: (event) => ifCurrent(() => sink.next(event)),
      rejected: (errors) => ifCurrent(() => sink.rejected(errors)),
      lost: () => ifCurrent(() => sink.lost()),
      complete: () => ifCurrent(() => sink.complete()),
    });
  }

  close(): void {
    this.isCurrent = false;
    this.stop();
  }

  /**
   * @param hasCaughtUp whether the room has ever been caught up, with this subscription or an earlier one
   * @throws InvalidGraphQLResult when the event does not match the operation
   */
  read(received: UpstreamEvent, hasCaughtUp: boolean): Received {
    const { resumption, bookmarks } = this.topic;
    this.topic.check(received);
    const cursor = resumption?.cursorOf(received.data) ?? null;
    const event = resumption ? resumption.withoutAddedErrors(received) : received;
    const isBookmark = !received.errors && (resumption?.isBookmark(received.data) ?? false);
    if (!isBookmark) return { event, cursor, isBookmark, isVisible: true, catchesUp: false };
    const isFromRetry = this.isRetry && (this.bookmarksDue === 2 || (this.bookmarksDue === 1 && hasCaughtUp));
    if (this.bookmarksDue > 0) this.bookmarksDue -= 1;
    return {
      event,
      cursor,
      isBookmark,
      isVisible: bookmarks && !isFromRetry,
      catchesUp: this.bookmarksDue === 0,
    };
  }
}
