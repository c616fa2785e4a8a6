import type { Duplex } from 'node:stream';
import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, MessageType, parseMessage, type Message, type SubscribeMessage } from 'graphql-ws';
import { newRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Identity, IdentityService } from '../../identity/identity.js';
import { Unauthenticated } from '../../gateway-errors.js';
import type { Connection, ConnectionEnding, Connections } from './connections.js';
import { LiveOperation } from '../live-operation.js';
import type { Operations } from '../operations.js';
import type { RoomEvent } from '../rooms/ring.js';
import { SharedFrames } from './shared-frames.js';
import type { Membership, Watcher } from '../rooms/watcher.js';

const PING_EVERY_MS = 12_000;
/** How much may wait in a socket, in bytes, before nothing more is put into it until the client has read. */
const HIGH_WATER = 256 * 1024;

const SERVICE_RESTART = 1012;
/** Close code that the IANA registry has; graphql-ws clients come back after it. */
const TRY_AGAIN_LATER = 1013;

/** After each of these, too, clients come back; with 4401 in the place of 4403 they would not. */
const ENDINGS: Record<ConnectionEnding, number> = {
  SUBSCRIPTION_AUTH_EXPIRED: CloseCode.Forbidden,
  SUBSCRIPTION_SERVER_DRAINING: SERVICE_RESTART,
};

export interface ConnectionOptions {
  readonly identities: IdentityService;
  readonly operations: Operations;
  readonly connections: Connections;
  readonly frames: SharedFrames;
  readonly logger: Logger;
  readonly initTimeoutMs: number;
  /** Operations that one socket may have under way at a time, queries and mutations included. */
  readonly mostOperations: number;
}

/** An operation under way; it is live as soon as it is in a room. */
interface Running {
  membership: Membership | null;
}

/**
 * One WebSocket that speaks graphql-transport-ws (PROTOCOL.md of graphql-ws). The library's own server confuses an
 * operation with the next one under the same id, sends results after a client's `complete`, and closes the socket
 * on a syntax error; here an operation is an object, and only the one that holds its id may send.
 */
export class GraphqlWsConnection implements Connection {
  readonly #running = new Map<string, Running>();
  /** Whether a room has something for us that the socket did not take. */
  #hasMore = false;
  #initialised = false;
  #identity: Identity | null = null;
  #answersPings = true;
  #ending: ConnectionEnding | null = null;
  readonly #initTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;

  /**
   * Serves a socket until it closes.
   * @param stream what the socket writes to: events go there as frames that watchers share
   */
  static serve(socket: WebSocket, stream: Duplex, options: ConnectionOptions): void {
    void new GraphqlWsConnection(socket, stream, options);
  }

  private constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
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
      options.operations.figures.closed('websocket', code);
    });
    stream.on('drain', () => this.#goOn());
  }

  /** Queries and mutations that are under way are answered before the gateway goes. */
  end(why: ConnectionEnding): void {
    this.#ending ??= why;
    if (why === 'SUBSCRIPTION_SERVER_DRAINING' && this.#hasUnanswered) return;
    this.#close(ENDINGS[why], why);
  }

  get #hasUnanswered(): boolean {
    return [...this.#running.values()].some(({ membership }) => membership === null);
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
        return this.#subscribe(message);
      case MessageType.Complete:
        this.#end(message.id);
        return this.#leaveIfDone();
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
      if (error instanceof Unauthenticated) return this.#close(CloseCode.Forbidden, error.code);
      this.options.logger.warn({ err: error }, 'a connection could not be identified');
      return this.#close(TRY_AGAIN_LATER, 'SUBGRAPH_UNAVAILABLE');
    }
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (!this.options.connections.belongsTo(this, this.#identity)) {
      return this.#close(TRY_AGAIN_LATER, 'RATE_LIMITED');
    }
    this.#send({ type: MessageType.ConnectionAck });
  }

  async #subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    const identity = this.#identity;
    if (!identity) return this.#close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.#running.has(id)) {
      return this.#close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    // The client will ask again, elsewhere.
    if (this.#ending) return;
    if (this.#running.size >= this.options.mostOperations) return this.#sendErrors(id, [this.#tooMany]);
    const operation: Running = { membership: null };
    this.#running.set(id, operation);
    const holdsId = () => this.#running.get(id) === operation;

    const requestId = newRequestId();
    const result = await this.options.operations.run(payload, identity, requestId);
    if (!holdsId()) return;
    if (result instanceof LiveOperation) {
      if (this.options.connections.isDraining) {
        this.#running.delete(id);
        return this.end('SUBSCRIPTION_SERVER_DRAINING');
      }
      operation.membership = result.start(this.#watcher(id, holdsId));
      return;
    }
    this.#running.delete(id);
    if ('data' in result) {
      this.#send({ id, type: MessageType.Next, payload: result });
      this.#send({ id, type: MessageType.Complete });
    } else {
      this.#sendErrors(id, result.errors ?? []);
    }
    this.#leaveIfDone();
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

  #ping(): void {
    if (!this.#answersPings) return this.socket.terminate();
    this.#answersPings = false;
    this.socket.ping();
  }

  #close(code: number, reason: string): void {
    this.socket.close(code, limitCloseReason(reason));
    this.#dispose();
  }

  #dispose(): void {
    clearTimeout(this.#initTimer);
    clearInterval(this.#pingTimer);
    for (const id of this.#running.keys()) this.#end(id);
  }
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
