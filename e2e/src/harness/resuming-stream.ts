import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from './eventually.js';
import type { GraphQLError } from './http.js';

const RETRY_MS = 50;
/** What `ws` says of a connection that no close frame has ended, or that there never was. */
const ABNORMAL = 1006;

/** What `subscriberAdded` sends; what is selected of the subscriber is the watcher's choice. */
export interface Added<Subscriber> {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly subscriber: Subscriber | null;
}

export interface ResumingStreamOptions<Subscriber> {
  /** A gateway's address, asked for each time. */
  readonly url: () => string;
  readonly accessToken: () => string;
  /** Takes the cursor to go on from as `$after`. */
  readonly query: string;
  readonly variables: Record<string, unknown> & { after: string | null };
  next(event: Added<Subscriber>, errors: readonly GraphQLError[]): void;
}

/**
 * Watches with a stock graphql-ws client, which comes back by itself whenever its connection ends: its payload, which
 * it sends anew each time, has the cursor of the last event.
 */
export class ResumingStream<Subscriber> {
  /** Close code and reason of each connection that has ended. */
  readonly endings: string[] = [];
  /** What should never come: errors of the operation, its completion, close codes that clients do not come back from. */
  readonly failures: string[] = [];
  private readonly client: Client;
  private socket: WebSocket | undefined;
  private stopped = false;

  constructor(private readonly options: ResumingStreamOptions<Subscriber>) {
    const { url, accessToken } = options;
    this.client = createClient({
      url: () => url().replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: `Bearer ${accessToken()}` }),
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: () => delay(RETRY_MS),
      on: {
        connected: (socket) => (this.socket = socket as WebSocket),
        closed: (event) => this.noteEnding(event as { code: number; reason: string }),
      },
    });
    this.subscribe();
  }

  /** The last one that it was sent, or where it starts; null before the first one has come. */
  get cursor(): string | null {
    return this.options.variables.after;
  }

  /** The connection that it has, as soon as it has one. */
  async connection(patienceMs?: number): Promise<WebSocket> {
    await eventually(
      () => this.socket?.readyState,
      (state) => state === WebSocket.OPEN,
      patienceMs,
    );
    return this.socket!;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    // Who does not read would never see the connection close.
    this.socket?.terminate();
    await this.client.dispose();
  }

  private subscribe(): void {
    const { query, variables } = this.options;
    this.client.subscribe(
      { query, variables },
      {
        next: (result) =>
          this.note(result as FormattedExecutionResult<{ subscriberAdded: Added<Subscriber> }>),
        error: (error) => this.fail(describe(error)),
        complete: () => this.fail('completed'),
      },
    );
  }

  private note({ data, errors }: FormattedExecutionResult<{ subscriberAdded: Added<Subscriber> }>): void {
    if (!data) return void this.failures.push(`no data: ${JSON.stringify(errors)}`);
    this.options.variables.after = data.subscriberAdded.cursor;
    this.options.next(data.subscriberAdded, (errors ?? []) as readonly GraphQLError[]);
  }

  /** A client would give up; whoever reads the failures wants to know how it would have gone on. */
  private fail(why: string): void {
    if (this.stopped) return;
    this.failures.push(`${why}, after the cursor ${this.cursor}`);
    setTimeout(() => {
      if (!this.stopped) this.subscribe();
    }, RETRY_MS);
  }

  private noteEnding({ code, reason }: { code: number; reason: string }): void {
    const wasThere = this.socket !== undefined;
    this.socket = undefined;
    if (!this.stopped && (wasThere || code !== ABNORMAL)) this.endings.push(`${code} ${reason}`.trim());
  }
}

function describe(error: unknown): string {
  if (Array.isArray(error)) return `error ${JSON.stringify(error)}`;
  const { code, reason, message } = error as { code?: number; reason?: string; message?: string };
  return [code ?? message, reason].filter(Boolean).join(' ');
}
