import type { AuthContext } from '@supergraph/auth-context/auth-context';
import type { FormattedExecutionResult } from 'graphql';
import type { UpstreamEvent } from '../../plan/upstream-event.js';
import { LiveFigures } from '../../metrics/figures.js';
import type { RoomTopic } from '../room-topic.js';
import type { Upstream, UpstreamRequest, UpstreamSink } from '../upstream.js';
import type { Resumption } from '../../plan/upstream-plan.js';

/** What was asked of upstream, and the way to answer. */
export interface Asked {
  readonly request: UpstreamRequest;
  readonly auth: AuthContext;
  readonly sink: UpstreamSink;
  isStopped: boolean;
}

/** An upstream that says what the test says, when it says so: the order of things is what is tested. */
export class ScriptedUpstream {
  readonly asked: Asked[] = [];
  readonly figures = new LiveFigures();
  /** The events that were completed. */
  completed: UpstreamEvent[] = [];
  /** The name of an event that throws when it is read. */
  unreadable = 'none';
  /** Told what is completed; its completion waits for the answer. */
  completeBy: ((name: string) => Promise<void>) | null = null;
  private held: (() => void)[] | null = null;

  subscribe(request: UpstreamRequest, auth: AuthContext, sink: UpstreamSink): () => void {
    const asked: Asked = { request, auth, sink, isStopped: false };
    this.asked.push(asked);
    return () => (asked.isStopped = true);
  }

  get last(): Asked {
    return this.asked.at(-1)!;
  }

  get open(): number {
    return this.asked.filter(({ isStopped }) => !isStopped).length;
  }

  get lastAfter(): unknown {
    return this.last.request.variables['live__after'];
  }

  /** Events and bookmarks by their cursors, as in `send('b0', '1', '2')`. */
  send(...names: string[]): void {
    this.sendTo(this.last, ...names);
  }

  sendTo({ sink }: Asked, ...names: string[]): void {
    for (const name of names) sink.next(eventOf(name));
  }

  /** Completions wait until they are released. */
  hold(): void {
    this.held ??= [];
  }

  release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const goOn of held) goOn();
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
        if (data?.['item'] === this.unreadable) throw new Error('unreadable');
      },
      complete: (event) => this.complete(event),
      replan: () => Promise.reject(new Error('nobody has said what is to come')),
      onFault: () => {},
      format: (errors) => errors,
      ...overrides,
    };
  }

  private async complete(event: UpstreamEvent): Promise<FormattedExecutionResult> {
    this.completed.push(event);
    await this.completeBy?.(nameOf(JSON.stringify(event)));
    if (this.held) await new Promise<void>((goOn) => this.held!.push(goOn));
    return { data: event.data ?? null };
  }
}

const RESUMPTION: Resumption = {
  variable: 'live__after',
  cursorOf: (data) => (data?.['cursor'] as string | undefined) ?? null,
  asAskedFor: (event) => event,
  isBookmark: (data) => data?.['item'] === null,
};

/** `7` is the event with the cursor `7`, `b7` the bookmark with that cursor. */
export function eventOf(name: string): UpstreamEvent {
  const isBookmark = name.startsWith('b');
  return { data: { cursor: isBookmark ? name.slice(1) : name, item: isBookmark ? null : name } };
}

/** The reverse of it, for what a watcher was sent. */
export function nameOf(json: string): string {
  const { data } = JSON.parse(json) as { data: { cursor: string; item: string | null } };
  return `${data.item === null ? 'b' : ''}${data.cursor}`;
}

/** The names of events, one after the other. */
export function numbers(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, n) => String(first + n));
}

/** An error with a code, as upstream refuses with. */
export function code(text: string) {
  return { message: text, extensions: { code: text } };
}
