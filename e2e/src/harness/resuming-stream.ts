import { setTimeout as delay } from 'node:timers/promises';
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from './eventually.js';
import type { GraphQLError } from './http.js';

const RETRY_MS = 50;
/** The close code of `ws` without a close frame, or without a connection. */
const ABNORMAL = 1006;

/** An event of `subscriberAdded`. */
export interface Added<Subscriber> {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly subscriber: Subscriber | null;
}

type Result<Subscriber> = FormattedExecutionResult<{ subscriberAdded: Added<Subscriber> }>;

export interface ResumingStreamOptions<Subscriber> {
  /** Returns the address of a gateway for each connection. */
  readonly url: () => string;
  readonly accessToken: () => string;
  /** Has the variable `$after`. */
  readonly query: string;
  readonly variables: Record<string, unknown> & { after: string | null };
  next(event: Added<Subscriber>, errors: readonly GraphQLError[]): void;
}

/** A subscription of a stock graphql-ws client, which resumes after the last cursor whenever its connection closes. */
export class ResumingStream<Subscriber> {
  /** Close code and reason of each connection. */
  readonly endings: string[] = [];
  /** Unexpected ends of the operation: errors, completion, close codes after which clients do not reconnect. */
  readonly failures: string[] = [];
  private readonly client: Client;
  private socket: WebSocket | undefined;
  private stopped = false;

  constructor(private readonly options: ResumingStreamOptions<Subscriber>) {
    this.client = createClient({
      url: () => options.url().replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: `Bearer ${options.accessToken()}` }),
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: () => delay(RETRY_MS),
      on: {
        connected: (socket) => (this.socket = socket as WebSocket),
        closed: (event) => this.closed(event as { code: number; reason: string }),
      },
    });
    this.subscribe();
  }

  /** The last received cursor; null before the first one. */
  get cursor(): string | null {
    return this.options.variables.after;
  }

  /** Waits for an open connection. */
  async connection(): Promise<WebSocket> {
    await eventually(() => this.socket?.readyState === WebSocket.OPEN, Boolean);
    return this.socket!;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    // A paused socket would never see the close frame.
    this.socket?.terminate();
    await this.client.dispose();
  }

  private subscribe(): void {
    const { query, variables } = this.options;
    this.client.subscribe(
      { query, variables },
      {
        next: (result) => this.received(result as Result<Subscriber>),
        error: (error) => this.failed(textOf(error)),
        complete: () => this.failed('completed'),
      },
    );
  }

  private received({ data, errors }: Result<Subscriber>): void {
    if (!data) return void this.failures.push(`no data: ${JSON.stringify(errors)}`);
    this.options.variables.after = data.subscriberAdded.cursor;
    this.options.next(data.subscriberAdded, (errors ?? []) as readonly GraphQLError[]);
  }

  /** Records the failure, and subscribes again to show what follows. */
  private failed(why: string): void {
    if (this.stopped) return;
    this.failures.push(`${why}, after the cursor ${this.cursor}`);
    setTimeout(() => {
      if (!this.stopped) this.subscribe();
    }, RETRY_MS);
  }

  private closed({ code, reason }: { code: number; reason: string }): void {
    const wasConnected = this.socket !== undefined;
    this.socket = undefined;
    if (!this.stopped && (wasConnected || code !== ABNORMAL)) this.endings.push(`${code} ${reason}`.trim());
  }
}

function textOf(error: unknown): string {
  if (Array.isArray(error)) return `error ${JSON.stringify(error)}`;
  const { code, reason, message } = error as { code?: number; reason?: string; message?: string };
  return [code ?? message, reason].filter(Boolean).join(' ');
}
