import type { Socket } from 'node:net';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { CloseCode, MessageType, parseMessage, type Message, type SubscribeMessage } from 'graphql-ws';
import { newRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Identity, IdentityService } from '../../identity/identity.js';
import type { RateLimit } from '../../edges/rate-limit.js';
import { RateLimited, Unauthenticated } from '../../gateway-errors.js';
import type { Connection, ConnectionEnding, Connections } from './connections.js';
import { LiveOperation } from '../live-operation.js';
import type { Operations } from '../operations.js';
import type { RoomEvent } from '../rooms/ring.js';
import { SharedFrames } from './shared-frames.js';
import type { Membership, Watcher } from '../rooms/watcher.js';

const PING_EVERY_MS = 12_000;
/** How much may wait in a socket, in bytes, before nothing more is put into it until the client has read. */
const HIGH_WATER = 256 * 1024;

/** In characters; each live operation keeps its own. */
const LONGEST_ID = 256;
/** How much the live operations of one connection may make the gateway keep, in characters. */
const MOST_KEPT = 512 * 1024;

/** How long a client may take to answer a close while the gateway drains. */
const DRAIN_GRACE_MS = 2_000;
const SERVICE_RESTART = 1012;
/** Close code that the IANA registry has; graphql-ws clients come back after it. */
const TRY_AGAIN_LATER = 1013;

/** After each of these, too, clients come back; with 4401 in the place of 4403 they would not. */
const ENDINGS: Record<ConnectionEnding, number> = {
  SUBSCRIPTION_AUTH_EXPIRED: CloseCode.Forbidden,
  SUBSCRIPTION_SERVER_DRAINING: SERVICE_RESTART,
};

const TOO_LARGE: GraphQLFormattedError = {
  message: `The live operations of a connection may be ${MOST_KEPT} characters long together.`,
  extensions: { code: 'RATE_LIMITED' },
};

export interface ConnectionOptions {
  readonly identities: IdentityService;
  readonly operations: Operations;
  readonly connections: Connections;
  readonly frames: SharedFrames;
  readonly rateLimit: RateLimit;
  readonly logger: Logger;
  readonly initTimeoutMs: number;
  /** Operations that one socket may have under way at a time, queries and mutations included. */
  readonly mostOperations: number;
}

/** An operation that holds its id; it is live as soon as it is in a room. */
interface Running {
  /** Of the message that it came with, in characters; most of that is kept while it is live. */
  readonly size: number;
  membership: Membership | null;
}

/**
 * One WebSocket that speaks graphql-transport-ws (PROTOCOL.md of graphql-ws). The library's own server confuses an
 * operation with the next one under the same id, sends results after a client's `complete`, and closes the socket
 * on a syntax error; here an operation is an object, and only the one that holds its id may send.
 */
export class GraphqlWsConnection implements Connection {
  readonly #running = new Map<string, Running>();
  /** Operations that have not been answered yet; a client that lets go of one's id does not end the work on it. */
  #unanswered = 0;
  /** Whether a room has something for us that the socket did not take. */
  #hasMore = false;
  #initialised = false;
  #identity: Identity | null = null;
  #answersPings = true;
  /** How much the client's side has taken, in bytes. */
  #read = 0;
  #ending: ConnectionEnding | null = null;
  /** The code that we have closed with; what a client answers to it is its own affair. */
  #closedWith: number | null = null;
  readonly #initTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;

  /**
   * Serves a socket until it closes.
   * @param stream what the socket writes to: events go there as frames that watchers share
   * @param place where a stranger's operations are counted
   */
  static serve(socket: WebSocket, stream: Socket, place: string, options: ConnectionOptions): void {
    void new GraphqlWsConnection(socket, stream, place, options);
  }

  private constructor(
    private readonly socket: WebSocket,
    private readonly stream: Socket,
    private readonly place: string,
    private readonly options: ConnectionOptions,
  ) {
    options.connections.opened(this);
    this.#initTimer = setTimeout(
      () => this.#close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      options.initTimeoutMs,
    );
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
    socket.on('message', (data) => this.#survive(() => this.#receive((data as Buffer).toString('utf8'))));
    socket.on('pong', () => (this.#answersPings = true));
    socket.on('error', (error) => options.logger.debug({ err: error }, 'websocket error'));
    socket.on('close', (code) => {
      this.#dispose();
      options.connections.closed(this);
      options.operations.figures.closed('websocket', this.#closedWith ?? closedByClient(code));
    });
    stream.on('drain', () => this.#goOn());
  }

  /** Queries and mutations that are under way are answered before the gateway goes. */
  end(why: ConnectionEnding): void {
    this.#ending ??= why;
    if (why === 'SUBSCRIPTION_SERVER_DRAINING') {
      if (this.#unanswered > 0) return;
      setTimeout(() => this.socket.terminate(), DRAIN_GRACE_MS).unref();
    }
    this.#close(ENDINGS[why], why);
  }

  /** What it was waiting for to end, the last answer, may be out. */
  #leaveIfDone(): void {
    if (this.#ending) this.end(this.#ending);
  }

  /** Whatever a client has sent, it costs that client its socket at most. */
  #survive(work: () => void | Promise<void>): void {
    const fail = (error: unknown) => {
      this.options.logger.error({ err: error }, 'a message could not be handled');
      this.#close(CloseCode.InternalServerError, 'Internal server error');
    };
    try {
      Promise.resolve(work()).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #receive(text: string): void | Promise<void> {
    if (this.socket.readyState !== this.socket.OPEN) return;
    let message: Message;
    try {
      message = parseMessage(text);
    } catch {
      return this.#close(CloseCode.BadRequest, 'Invalid message received');
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        return this.#init(message.payload);
      case MessageType.Ping:
        return this.#send({ type: MessageType.Pong });
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return this.#subscribe(message, text.length);
      case MessageType.Complete:
        return this.#end(message.id);
      default:
        return this.#close(CloseCode.BadRequest, `Unexpected message of type ${message.type} received`);
    }
  }

  async #init(payload: Record<string, unknown> | undefined): Promise<void> {
    if (this.#initialised) {
      return this.#close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    }
    this.#initialised = true;
    clearTimeout(this.#initTimer);
    try {
      this.#identity = await this.options.identities.identify(authorizationOf(payload ?? {}));
    } catch (error) {
      if (error instanceof Unauthenticated) return this.#refuse(error);
      this.options.logger.warn({ err: error }, 'a connection could not be identified');
      return this.#close(TRY_AGAIN_LATER, 'SUBGRAPH_UNAVAILABLE');
    }
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (!this.options.connections.belongsTo(this, this.#identity)) {
      return this.#close(TRY_AGAIN_LATER, 'RATE_LIMITED');
    }
    this.#send({ type: MessageType.ConnectionAck });
  }

  /** Whoever tries tokens is counted where they try them, as over HTTP. */
  async #refuse({ code }: Unauthenticated): Promise<void> {
    try {
      await this.options.rateLimit.take(null, () => this.place);
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      return this.#close(TRY_AGAIN_LATER, 'RATE_LIMITED');
    }
    return this.#close(CloseCode.Forbidden, code);
  }

  async #subscribe({ id, payload }: SubscribeMessage, size: number): Promise<void> {
    const identity = this.#identity;
    if (!identity) return this.#close(CloseCode.Unauthorized, 'Unauthorized');
    if (id.length > LONGEST_ID) return this.#close(CloseCode.BadRequest, 'Too long an id');
    if (this.#running.has(id)) {
      return this.#close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    // The client will ask again, elsewhere.
    if (this.#ending) return;
    const live = [...this.#running.values()].filter(({ membership }) => membership !== null);
    if (live.length + this.#unanswered >= this.options.mostOperations) {
      return this.#sendErrors(id, [this.#tooMany]);
    }
    const operation: Running = { size, membership: null };
    this.#running.set(id, operation);
    this.#unanswered += 1;
    try {
      const result = await this.#run(payload, identity);
      if (this.#running.get(id) === operation) this.#answer(id, operation, result);
    } finally {
      this.#unanswered -= 1;
    }
    this.#leaveIfDone();
  }

  #answer(id: string, operation: Running, result: FormattedExecutionResult | LiveOperation): void {
    if (result instanceof LiveOperation) return this.#start(id, operation, result);
    this.#running.delete(id);
    if ('data' in result) {
      this.#send({ id, type: MessageType.Next, payload: result });
      this.#send({ id, type: MessageType.Complete });
    } else {
      this.#sendErrors(id, result.errors ?? []);
    }
  }

  #start(id: string, operation: Running, live: LiveOperation): void {
    const sizes = [...this.#running.values()].map(({ size, membership }) => (membership ? size : 0));
    if (operation.size + sizes.reduce((sum, size) => sum + size, 0) > MOST_KEPT) {
      this.#running.delete(id);
      return this.#sendErrors(id, [TOO_LARGE]);
    }
    if (this.options.connections.isDraining) {
      this.#running.delete(id);
      this.#ending ??= 'SUBSCRIPTION_SERVER_DRAINING';
      return;
    }
    operation.membership = live.start(this.#watcher(id, () => this.#running.get(id) === operation));
  }

  async #run(payload: SubscribeMessage['payload'], identity: Identity) {
    const { operations, rateLimit } = this.options;
    try {
      await rateLimit.take(identity, () => this.place);
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      const { message, extensions } = error;
      return { errors: [{ message, extensions }] };
    }
    return operations.run(payload, identity, newRequestId());
  }

  get #tooMany(): GraphQLFormattedError {
    const { mostOperations } = this.options;
    return {
      message: `A connection may have ${mostOperations} operations under way at a time.`,
      extensions: { code: 'RATE_LIMITED' },
    };
  }

  #watcher(id: string, holdsId: () => boolean): Watcher {
    const tail = SharedFrames.tail(id);
    const last = (tell: () => void) => {
      if (!holdsId()) return;
      this.#running.delete(id);
      tell();
    };
    return {
      isReady: () => {
        const isReady = !this.#isBehind;
        if (!isReady) this.#hasMore = true;
        return isReady;
      },
      next: (event) => {
        if (event.json !== null && holdsId()) this.#sendFrame(event, tail);
      },
      together: (send) => {
        this.stream.cork();
        try {
          send();
        } finally {
          this.stream.uncork();
        }
      },
      refused: (errors) => last(() => this.#sendErrors(id, errors)),
      complete: () => last(() => this.#send({ id, type: MessageType.Complete })),
      cutOff: (why) => last(() => this.#close(TRY_AGAIN_LATER, why)),
    };
  }

  #sendErrors(id: string, payload: readonly GraphQLFormattedError[]): void {
    this.#send({ id, type: MessageType.Error, payload: [...payload] });
  }

  /** A client that does not read what it asked for is not asked for more until it has. */
  #send(message: object): void {
    this.#sendText(JSON.stringify(message));
    if (this.#isBehind) this.socket.pause();
  }

  #sendText(text: string): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text);
  }

  /** Past ws, which would make the frame for each watcher; nothing that ws sends waits there, so the order holds. */
  #sendFrame(event: RoomEvent, tail: Buffer): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const { frames, operations } = this.options;
    operations.figures.sentTo('websocket', frames.write(this.stream, event, tail));
  }

  /** The client has read all that was put into the socket. */
  #goOn(): void {
    if (this.socket.isPaused) this.socket.resume();
    if (!this.#hasMore) return;
    this.#hasMore = false;
    for (const { membership } of this.#running.values()) membership?.resume();
  }

  get #isBehind(): boolean {
    return this.stream.writableLength > HIGH_WATER;
  }

  #end(id: string): void {
    const operation = this.#running.get(id);
    this.#running.delete(id);
    operation?.membership?.leave();
  }

  /** A client that reads slowly finds the ping behind much else: what it has read meanwhile is a sign of life, too. */
  #ping(): void {
    const read = this.stream.bytesWritten - this.stream.writableLength;
    if (!this.#answersPings && read === this.#read) return this.socket.terminate();
    this.#read = read;
    this.#answersPings = false;
    this.socket.ping();
  }

  #close(code: number, reason: string): void {
    this.#closedWith ??= code;
    this.socket.close(code, limitCloseReason(reason));
    this.#dispose();
  }

  #dispose(): void {
    clearTimeout(this.#initTimer);
    clearInterval(this.#pingTimer);
    for (const id of this.#running.keys()) this.#end(id);
  }
}

/** Clients close with any of thousands of codes; those that say something have a name in RFC 6455, section 7.4.1. */
function closedByClient(code: number): string {
  return [1000, 1001, 1005, 1006, 1009].includes(code) ? String(code) : 'other';
}

/** A reason holds at most 123 bytes (RFC 6455, section 5.5); what a client has sent may be longer. */
function limitCloseReason(reason: string): string {
  return Buffer.byteLength(reason) > 123 ? 'Too long a reason to tell' : reason;
}

/** Clients spell the key as they like; a proxy in between has no say in a payload. */
function authorizationOf(payload: Record<string, unknown>): unknown {
  const name = Object.keys(payload).find((key) => key.toLowerCase() === 'authorization');
  return name === undefined ? undefined : payload[name];
}
