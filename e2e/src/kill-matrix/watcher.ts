import { setTimeout as delay } from 'node:timers/promises';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from '../harness/eventually.js';
import type { Dice } from './dice.js';
import type { SubscriberFilter } from './filter.js';
import { PATIENCE_MS } from './patience.js';
import type { Replica } from './replica.js';
import type { Named } from './truth.js';
import { txnToken } from '../harness/txn-token.js';

const HANDSHAKE_MS = 5_000;
const RETRY_MS = 50;

/** What a replica must never say of a cursor that it, or the other one, has just given out. */
const REFUSALS = ['CURSOR_EXPIRED', 'BAD_USER_INPUT'];

const WATCH = `subscription ($after: String, $filter: SubscriberFilter) {
  subscriberAdded(after: $after, bookmarks: true, filter: $filter) {
    cursor occurredAt subscriber { id email }
  }
}`;

interface Message {
  type: string;
  payload?: unknown;
}

interface Result {
  data?: { subscriberAdded: { cursor: string; occurredAt: string; subscriber: Named | null } } | null;
  errors?: { extensions?: { code?: string } }[];
}

export interface WatcherOptions {
  readonly name: string;
  readonly filter: SubscriberFilter;
  /** Who watches. */
  readonly userId: string;
  /** What the gateway and the replicas share. */
  readonly secret: string;
  readonly replicas: readonly Replica[];
  readonly dice: Dice;
}

/** Watches through any replica and, when a connection ends, through any replica again, from its last cursor on. */
export class Watcher {
  /** Whom it was told of, in order. */
  readonly seen: Named[] = [];
  /** When the last of them was added, as milliseconds since 1970. */
  seenUntil = 0;
  /** Why its connections ended. */
  readonly endings: string[] = [];
  /** The endings that say that our cursor is bad. */
  readonly refusals: string[] = [];
  #cursor: string | null = null;
  #socket: WebSocket | undefined;
  #stopped = false;
  #done: Promise<void> | undefined;

  constructor(private readonly options: WatcherOptions) {}

  get name(): string {
    return this.options.name;
  }

  get filter(): SubscriberFilter {
    return this.options.filter;
  }

  /** Resolves with the first cursor: all that is added from now on will be seen. */
  async start(): Promise<void> {
    this.#done = this.#watch();
    await eventually(
      () => this.#cursor,
      (cursor) => cursor !== null,
      PATIENCE_MS,
    );
  }

  /** Cuts its connection off, with whatever is on its way. */
  async disconnect(): Promise<void> {
    await eventually(
      () => this.#socket?.readyState,
      (state) => state === WebSocket.OPEN,
      PATIENCE_MS,
    );
    this.#socket?.terminate();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.terminate();
    await this.#done;
  }

  async #watch(): Promise<void> {
    const { dice, replicas } = this.options;
    while (!this.#stopped) {
      const cursor = this.#cursor;
      const why = await this.#watchOnce(dice.oneOf(replicas));
      this.endings.push(why);
      if (REFUSALS.includes(why)) this.refusals.push(`${why} for ${cursor}`);
      if (this.#cursor === cursor && !this.#stopped) await delay(RETRY_MS);
    }
  }

  /** One connection from its beginning to its end; answers why it ended. */
  async #watchOnce({ url }: Replica): Promise<string> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), GRAPHQL_TRANSPORT_WS_PROTOCOL, {
      handshakeTimeout: HANDSHAKE_MS,
    });
    this.#socket = socket;
    let why: string | undefined;
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
    socket.on('error', (error: NodeJS.ErrnoException) => (why ??= error.code ?? error.message));
    socket.on('message', (data: Buffer) => {
      if (why !== undefined) return;
      why = this.#hear(socket, JSON.parse(data.toString('utf8')) as Message);
      if (why !== undefined) socket.terminate();
    });
    const code = await new Promise<number>((resolve) => socket.once('close', resolve));
    return why ?? `closed with ${code}`;
  }

  /** Answers why the operation has ended, if it has. */
  #hear(socket: WebSocket, { type, payload }: Message): string | undefined {
    if (type === 'connection_ack') this.#subscribe(socket);
    else if (type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
    else if (type === 'next') return this.#note(payload as Result);
    else if (type === 'error') return codeOf(payload as Result['errors']);
    else return type;
    return undefined;
  }

  #subscribe(socket: WebSocket): void {
    const { filter, userId, secret } = this.options;
    const payload = {
      query: WATCH,
      variables: { after: this.#cursor, filter },
      extensions: { txnToken: txnToken(secret, { sub: userId }) },
    };
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  }

  /** An event and its cursor count together; a result with errors counts for nothing. */
  #note({ data, errors }: Result): string | undefined {
    if (errors) return codeOf(errors);
    if (!data) return 'no data';
    const { cursor, occurredAt, subscriber } = data.subscriberAdded;
    if (subscriber) {
      this.seen.push(subscriber);
      this.seenUntil = Date.parse(occurredAt);
    }
    this.#cursor = cursor;
    return undefined;
  }
}

function codeOf(errors: Result['errors']): string {
  return errors?.[0]?.extensions?.code ?? 'an error without a code';
}
