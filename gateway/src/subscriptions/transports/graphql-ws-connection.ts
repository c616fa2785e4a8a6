import type { Socket } from 'node:net';
import { CloseCode, MessageType, parseMessage, type Message, type SubscribeMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { RateLimited, Unauthenticated } from '../../gateway-errors.js';
import { requestRefusal } from '../../limits/request-values.js';
import type { Identity, IdentityService } from '../../identity/identity.js';
import { writeJson } from '../../supergraph/subgraph-errors.js';
import { ENDINGS, TRY_AGAIN_LATER } from './graphql-ws-close-codes.js';
import type { Connection, ConnectionEnding } from './connections.js';
import { GraphqlWsOperations, type OperationsOptions, type SocketSource } from './graphql-ws-operations.js';
import { GraphqlWsSocket } from './graphql-ws-socket.js';
import type { SharedFrames } from './shared-frames.js';

/** In characters; each live operation keeps its own. */
const LONGEST_ID = 256;

/**
 * How long a client may take to answer a close while the gateway drains, or when it was not let in; ws would wait for
 * half a minute.
 */
const CLOSE_GRACE_MS = 2_000;

export interface ConnectionOptions extends OperationsOptions {
  readonly identities: IdentityService;
  readonly frames: SharedFrames;
  readonly logger: Logger;
  readonly initTimeoutMs: number;
}

/**
 * One WebSocket that speaks graphql-transport-ws (PROTOCOL.md of graphql-ws). The library's own server confuses an
 * operation with the next one under the same id, sends results after a client's `complete`, and closes the socket
 * on a syntax error; here an operation is an object, and only the one that holds its id may send.
 */
export class GraphqlWsConnection implements Connection {
  private readonly socket: GraphqlWsSocket;
  private readonly operations: GraphqlWsOperations;
  private initialised = false;
  private identity: Identity | null = null;
  private ending: ConnectionEnding | null = null;
  private readonly initTimer: NodeJS.Timeout;

  /**
   * Serves a socket until it closes.
   * @param stream what the socket writes to: events go there as frames that watchers share
   */
  static serve(
    socket: WebSocket,
    stream: Socket,
    source: SocketSource,
    options: ConnectionOptions,
  ): GraphqlWsConnection {
    return new GraphqlWsConnection(socket, stream, source, options);
  }

  private constructor(
    socket: WebSocket,
    stream: Socket,
    private readonly source: SocketSource,
    private readonly options: ConnectionOptions,
  ) {
    const { connections, operations, frames, logger } = options;
    connections.opened(this, () => this.giveWay('RATE_LIMITED'));
    // A gateway that was busy for as long has not read yet what came in time: it does before the next turn.
    this.initTimer = setTimeout(() => setImmediate(() => this.timeOut()), options.initTimeoutMs);
    this.socket = new GraphqlWsSocket(
      socket,
      stream,
      { frames, figures: operations.figures, logger },
      {
        onMessage: (text) => this.survive(() => this.receive(text)),
        onReady: () => this.operations.resume(),
        onClosing: () => {
          clearTimeout(this.initTimer);
          this.operations.endAll();
        },
        onClosed: () => connections.closed(this),
      },
    );
    this.operations = new GraphqlWsOperations(this, this.socket, source, options);
  }

  /** Queries and mutations that are under way are answered before the gateway goes. */
  end(why: ConnectionEnding): void {
    this.ending ??= why;
    if (why === 'SUBSCRIPTION_SERVER_DRAINING') {
      if (this.operations.hasUnanswered) return;
      return this.socket.closeWithin(CLOSE_GRACE_MS, ENDINGS[why], why);
    }
    this.close(ENDINGS[why], why);
  }

  /** Whether a logged-in user has opened it. */
  get hasViewer(): boolean {
    return Boolean(this.identity?.viewer);
  }

  /** Closes at once: others need its place, or the memory that it holds. Clients connect again. */
  giveWay(reason: string): void {
    this.socket.close(TRY_AGAIN_LATER, reason);
    this.socket.terminate();
  }

  private timeOut(): void {
    if (this.initialised) return;
    this.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  }

  /** Whoever was not let in keeps no place by leaving a close unanswered. */
  private close(code: number, reason: string): void {
    if (this.identity) this.socket.close(code, reason);
    else this.socket.closeWithin(CLOSE_GRACE_MS, code, reason);
  }

  /** What it was waiting for to end, the last answer, may be out. */
  private leaveIfDone(): void {
    if (this.ending) this.end(this.ending);
  }

  /** Whatever a client has sent, it costs that client its socket at most. */
  private survive(work: () => void | Promise<void>): void {
    const fail = (error: unknown) => {
      this.options.logger.error({ err: error }, 'a message could not be handled');
      this.close(CloseCode.InternalServerError, 'Internal server error');
    };
    try {
      Promise.resolve(work()).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  private receive(text: string): void | Promise<void> {
    if (!this.socket.isOpen) return;
    const refusal = requestRefusal(text);
    if (refusal) return this.close(CloseCode.BadRequest, refusal.message);
    let message: Message;
    try {
      message = parseMessage(text);
    } catch {
      return this.close(CloseCode.BadRequest, 'Invalid message received');
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        return this.init(message.payload);
      case MessageType.Ping:
        return this.pong(message.payload);
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return this.subscribe(message, text.length);
      case MessageType.Complete:
        return this.operations.end(message.id);
      default:
        return this.close(CloseCode.BadRequest, `Unexpected message of type ${message.type} received`);
    }
  }

  /** A payload that is nested thousands of levels deep can be read, and not be written back. */
  private pong(payload: unknown): void {
    const canBeWritten = payload !== undefined && writeJson(payload) !== null;
    this.socket.send({ type: MessageType.Pong, ...(canBeWritten && { payload }) });
  }

  private async init(payload: Record<string, unknown> | undefined): Promise<void> {
    if (this.initialised) {
      return this.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    }
    this.initialised = true;
    clearTimeout(this.initTimer);
    let identity: Identity;
    try {
      identity = await this.options.identities.identify(authorizationOf(payload ?? {}));
    } catch (error) {
      if (error instanceof Unauthenticated) return this.refuse(error);
      this.options.logger.warn({ err: error }, 'a connection could not be identified');
      return this.close(TRY_AGAIN_LATER, 'SUBGRAPH_UNAVAILABLE');
    }
    if (!this.socket.isOpen) return;
    const unwelcome = this.options.connections.belongsTo(this, identity, () => this.source.place);
    if (unwelcome === 'RATE_LIMITED') return this.close(TRY_AGAIN_LATER, unwelcome);
    if (unwelcome !== null) return this.end(unwelcome);
    this.identity = identity;
    this.socket.send({ type: MessageType.ConnectionAck });
  }

  /** Whoever tries tokens is counted where they try them, as over HTTP. */
  private async refuse({ code }: Unauthenticated): Promise<void> {
    try {
      await this.options.rateLimit.take(null, () => this.source.place);
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      return this.close(TRY_AGAIN_LATER, 'RATE_LIMITED');
    }
    return this.close(CloseCode.Forbidden, code);
  }

  private async subscribe(message: SubscribeMessage, size: number): Promise<void> {
    const identity = this.identity;
    const { id } = message;
    if (!identity) return this.close(CloseCode.Unauthorized, 'Unauthorized');
    if (id.length > LONGEST_ID) return this.close(CloseCode.BadRequest, 'Too long an id');
    if (this.operations.has(id)) {
      return this.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    // The client will ask again, elsewhere.
    if (this.ending) return;
    await this.operations.run(message, size, identity);
    this.leaveIfDone();
  }
}

/** Clients spell the key as they like; a proxy in between has no say in a payload. */
function authorizationOf(payload: Record<string, unknown>): unknown {
  const name = Object.keys(payload).find((key) => key.toLowerCase() === 'authorization');
  return name === undefined ? undefined : payload[name];
}
