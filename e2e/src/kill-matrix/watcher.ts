import type { WebSocket } from 'ws';
import { eventually } from '../harness/eventually.js';
import type { LastingSession } from '../harness/lasting-session.js';
import { streamCursor } from '../harness/people.js';
import { ResumingStream, type ResumingStreamOptions } from '../harness/resuming-stream.js';
import type { SubscriberFilter } from './filter.js';
import type { Told, ToldSubscriber } from './joins.js';
import { PATIENCE_MS } from './patience.js';

const WATCH = `subscription ($after: String, $bookmarks: Boolean, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, bookmarks: $bookmarks, filter: $filter) {
    cursor occurredAt subscriber { id email addedBy { displayName } }
  }
}`;

/** What a watcher needs of a transport: it goes on from the last cursor by itself. */
export type Stream = Pick<ResumingStream<ToldSubscriber>, 'cursor' | 'endings' | 'failures' | 'stop'> & {
  connection(patienceMs: number): Promise<Pick<WebSocket, 'terminate'>>;
};

export interface WatcherOptions {
  readonly name: string;
  readonly filter: SubscriberFilter;
  /** Whether to ask for bookmarks; otherwise the list tells where to start. */
  readonly bookmarks: boolean;
  readonly session: Pick<LastingSession, 'accessToken'>;
  /** The address of a gateway, another one each time. */
  readonly url: () => string;
  readonly open: (options: ResumingStreamOptions<ToldSubscriber>) => Stream;
}

/** Watches through any gateway and, when a connection ends, through another one, from its last cursor on. */
export class Watcher {
  /** Whom it was told of, in order. */
  readonly seen: Told[] = [];
  /** How often it was told of somebody without who added them. */
  withoutAddedBy = 0;
  /** When the last one whom it was told of whole was added, as milliseconds since 1970. */
  joinedUntil = 0;
  private stream: Stream | undefined;

  constructor(private readonly options: WatcherOptions) {}

  get name(): string {
    return this.options.name;
  }

  get filter(): SubscriberFilter {
    return this.options.filter;
  }

  /** Why its connections ended. */
  get endings(): readonly string[] {
    return this.stream?.endings ?? [];
  }

  /** What no client comes back from. */
  get failures(): readonly string[] {
    return this.stream?.failures ?? [];
  }

  /** Resolves when it has a cursor: all that is added from now on will be seen. */
  async start(): Promise<void> {
    const { filter, bookmarks, session, url, open } = this.options;
    const after = bookmarks ? null : await streamCursor(url(), session.accessToken);
    const stream = open({
      url,
      accessToken: () => session.accessToken,
      query: WATCH,
      variables: { after, bookmarks, filter },
      next: ({ occurredAt, subscriber }, errors) => {
        if (!subscriber) return;
        this.seen.push({ ...subscriber, errors });
        if (subscriber.addedBy) this.joinedUntil = Date.parse(occurredAt);
        else this.withoutAddedBy += 1;
      },
    });
    this.stream = stream;
    await eventually(
      () => stream.cursor,
      (cursor) => cursor !== null,
      PATIENCE_MS,
    );
  }

  /** Cuts its connection off, with whatever is on its way. */
  async disconnect(): Promise<void> {
    const connection = await this.stream?.connection(PATIENCE_MS);
    connection?.terminate();
  }

  async stop(): Promise<void> {
    await this.stream?.stop();
  }
}
