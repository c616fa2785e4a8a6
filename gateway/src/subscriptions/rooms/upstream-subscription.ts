import type { UpstreamEvent } from '../plan/upstream-event.js';
import { asksTheSame, type RoomTopic } from './room-topic.js';
import type { UpstreamSink } from './upstream.js';

/** Something that came, and what it is to a room. */
export interface Received {
  readonly event: UpstreamEvent;
  /** Null for what has none. */
  readonly cursor: string | null;
  readonly isBookmark: boolean;
  /** Whether watchers are to see it. */
  readonly isWanted: boolean;
  /** Whether with it everything up to now has come. */
  readonly catchesUp: boolean;
}

/** One subscription upstream, from one cursor on, until it ends or is let go. */
export class UpstreamSubscription {
  private readonly since = performance.now();
  /** Bookmarks that upstream owes before it is live: those at the start, and at the end of what was missed. */
  private owed: number;
  private isCurrent = true;
  private stop = () => {};

  private currentTopic: RoomTopic;

  /**
   * @param after the cursor to start from; null is now
   * @param isResumed whether it takes up another one: the bookmarks that belong to that are nobody's business
   */
  constructor(
    topic: RoomTopic,
    private readonly after: string | null,
    private readonly isResumed: boolean,
  ) {
    this.currentTopic = topic;
    this.owed = after === null ? 1 : 2;
  }

  get topic(): RoomTopic {
    return this.currentTopic;
  }

  /** Forgets the topic of before, and the supergraph with it, where the new one asks for the same. */
  renew(topic: RoomTopic): void {
    if (asksTheSame(this.currentTopic, topic)) this.currentTopic = topic;
  }

  /** For how long it has been there, in milliseconds. */
  get age(): number {
    return performance.now() - this.since;
  }

  /** Subscribes. The sink may hear of it before this returns, and hears nothing more once it is let go. */
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
      refused: (errors) => ifCurrent(() => sink.refused(errors)),
      lost: () => ifCurrent(() => sink.lost()),
      complete: () => ifCurrent(() => sink.complete()),
    });
  }

  letGo(): void {
    this.isCurrent = false;
    this.stop();
  }

  /**
   * @param hasCaughtUp whether the room has before, by this subscription or another one
   * @throws NoGraphQLResult for what is no event of the operation
   */
  read(received: UpstreamEvent, hasCaughtUp: boolean): Received {
    const { resumption, bookmarks } = this.topic;
    this.topic.check(received);
    const cursor = resumption?.cursorOf(received.data) ?? null;
    const event = resumption ? resumption.asAskedFor(received) : received;
    const isBookmark = !received.errors && (resumption?.isBookmark(received.data) ?? false);
    if (!isBookmark) return { event, cursor, isBookmark, isWanted: true, catchesUp: false };
    const isOfResumption = this.isResumed && (this.owed === 2 || (this.owed === 1 && hasCaughtUp));
    if (this.owed > 0) this.owed -= 1;
    return { event, cursor, isBookmark, isWanted: bookmarks && !isOfResumption, catchesUp: this.owed === 0 };
  }
}
