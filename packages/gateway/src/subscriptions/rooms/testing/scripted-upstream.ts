import type { AuthContext } from '@kit/auth';
import type { FormattedExecutionResult } from 'graphql';
import type { UpstreamEvent } from '../../../request/upstream-event.js';
import { SubscriptionFigures } from '../../../telemetry/figures.js';
import type { RoomTopic } from '../room-topic.js';
import type { Resumption } from '../../../request/upstream-plan.js';
import type { UpstreamRequest } from '../../../subgraphs/upstream-transport.js';
import type { Upstream, UpstreamSink } from '../../../subgraphs/upstream.js';

/** A recorded upstream subscription, and the sink for its events. */
export interface UpstreamCall {
  readonly request: UpstreamRequest;
  readonly auth: AuthContext;
  readonly sink: UpstreamSink;
  isStopped: boolean;
}

/** An upstream whose events, and their order, are controlled by the test. */
export class ScriptedUpstream {
  readonly asked: UpstreamCall[] = [];
  readonly figures = new SubscriptionFigures();
  /** The events of which the completion has begun. */
  completed: UpstreamEvent[] = [];
  /** The name of an event that throws when it is read. */
  unreadableItem = 'none';
  /** Called with the name of each event. Its completion waits for the promise. */
  beforeCompletion: ((name: string) => Promise<void>) | null = null;
  private held: (() => void)[] | null = null;

  constructor(readonly subgraph = 'first') {}

  subscribe(request: UpstreamRequest, auth: AuthContext, sink: UpstreamSink): () => void {
    const asked: UpstreamCall = { request, auth, sink, isStopped: false };
    this.asked.push(asked);
    return () => (asked.isStopped = true);
  }

  get last(): UpstreamCall {
    return this.asked.at(-1)!;
  }

  get open(): number {
    return this.asked.filter(({ isStopped }) => !isStopped).length;
  }

  get lastAfter(): unknown {
    return this.last.request.variables['live__after'];
  }

  /** Sends events and bookmarks by their cursors: `send('b0', '1', '2')`. */
  send(...names: string[]): void {
    this.sendTo(this.last, ...names);
  }

  sendTo({ sink }: UpstreamCall, ...names: string[]): void {
    for (const name of names) sink.next(eventOf(name));
  }

  /** Holds completions until `release`. */
  hold(): void {
    this.held ??= [];
  }

  release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const resolve of held) resolve();
  }

  topic(overrides: Partial<RoomTopic> = {}): RoomTopic {
    return {
      key: 'key',
      version: 1,
      upstream: this as unknown as Upstream,
      request: { query: 'subscription', variables: { filter: 'f' } },
      auth: { viewer: null, scopes: new Set(['read']) },
      resumption: RESUMPTION,
      bookmarks: false,
      retryWindowMs: 10_000,
      figures: this.figures,
      check: ({ data }) => {
        if (data?.['item'] === this.unreadableItem) throw new Error('unreadable');
      },
      complete: (event) => this.complete(event),
      replan: () => Promise.reject(new Error('the test has set no plan')),
      onFault: () => {},
      format: (errors) => errors,
      ...overrides,
    };
  }

  private async complete(event: UpstreamEvent): Promise<FormattedExecutionResult> {
    this.completed.push(event);
    await this.beforeCompletion?.(nameOf(JSON.stringify(event)));
    if (this.held) await new Promise<void>((resolve) => this.held!.push(resolve));
    return { data: event.data ?? null };
  }
}

const RESUMPTION: Resumption = {
  variable: 'live__after',
  cursorOf: (data) => (data?.['cursor'] as string | undefined) ?? null,
  withoutAddedErrors: (event) => event,
  isBookmark: (data) => data?.['item'] === null,
};

/** `7` names the event with the cursor `7`, `b7` the bookmark with that cursor. */
export function eventOf(name: string): UpstreamEvent {
  const isBookmark = name.startsWith('b');
  return { data: { cursor: isBookmark ? name.slice(1) : name, item: isBookmark ? null : name } };
}

/** The name of an event or bookmark in JSON: the reverse of `eventOf`. */
export function nameOf(json: string): string {
  const { data } = JSON.parse(json) as { data: { cursor: string; item: string | null } };
  return `${data.item === null ? 'b' : ''}${data.cursor}`;
}

/** The names of successive events. */
export function numbers(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, n) => String(first + n));
}

/** An error with a code. */
export function code(text: string) {
  return { message: text, extensions: { code: text } };
}
