import { eventually } from '../harness/eventually.js';
import { streamCursor, type Person } from '../harness/people.js';
import { ResumingStream } from '../harness/resuming-stream.js';
import type { JoinedSubscriber, ReceivedEvent, SubscriberFilter } from './oracle.js';

const WATCH = `subscription ($after: String, $bookmarks: Boolean, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, bookmarks: $bookmarks, filter: $filter) {
    cursor occurredAt subscriber { id email addedBy { displayName } }
  }
}`;

export interface WatcherOptions {
  readonly name: string;
  readonly filter: SubscriberFilter;
  /** Whether to request bookmarks; otherwise a list gives the first cursor. */
  readonly bookmarks: boolean;
  readonly user: Pick<Person, 'accessToken'>;
  /** Returns the address of a gateway for each connection. */
  readonly url: () => string;
}

/** Watches through any gateway. When a connection closes, it resumes through another one after its last cursor. */
export class Watcher {
  /** The received events, in order, without bookmarks. */
  readonly events: ReceivedEvent[] = [];
  /** The number of events without `addedBy`. */
  withoutAddedBy = 0;
  /** The time of the last event with `addedBy`, in milliseconds since 1970. */
  joinedUntil = 0;
  private stream: ResumingStream<JoinedSubscriber> | undefined;

  constructor(private readonly options: WatcherOptions) {}

  get name(): string {
    return this.options.name;
  }

  get filter(): SubscriberFilter {
    return this.options.filter;
  }

  get endings(): readonly string[] {
    return this.stream?.endings ?? [];
  }

  get failures(): readonly string[] {
    return this.stream?.failures ?? [];
  }

  /** Resolves when it has a cursor: it will receive all later additions. */
  async start(): Promise<void> {
    const { filter, bookmarks, user, url } = this.options;
    const after = bookmarks ? null : await streamCursor(url(), user.accessToken);
    const stream = new ResumingStream<JoinedSubscriber>({
      url,
      accessToken: () => user.accessToken,
      query: WATCH,
      variables: { after, bookmarks, filter },
      next: ({ occurredAt, subscriber }, errors) => {
        if (!subscriber) return;
        this.events.push({ ...subscriber, errors });
        if (subscriber.addedBy) this.joinedUntil = Date.parse(occurredAt);
        else this.withoutAddedBy += 1;
      },
    });
    this.stream = stream;
    await eventually(
      () => stream.cursor,
      (cursor) => cursor !== null,
    );
  }

  /** Breaks its connection. */
  async disconnect(): Promise<void> {
    (await this.stream?.connection())?.terminate();
  }

  async stop(): Promise<void> {
    await this.stream?.stop();
  }
}
