import type { Socket } from 'node:net';
import { CloseCode, MessageType, parseMessage, type Message, type SubscribeMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { RateLimited, Unauthenticated } from '../../request/gateway-errors.js';
import { requestRejection } from '../../operation/limits/request-values.js';
import type { Identity } from '../../request/identity.js';
import type { IdentityService } from '../../identity/identity.js';
import { writeJson } from '../../subgraphs/subgraph-errors.js';
import { ENDINGS, TRY_AGAIN_LATER } from './graphql-ws-close-codes.js';
import type { Connection, ConnectionEnding } from './connections.js';
import { GraphqlWsOperations, type OperationsOptions, type SocketSource } from './graphql-ws-operations.js';
import { GraphqlWsSocket } from './graphql-ws-socket.js';
import type { SharedFrames } from './shared-frames.js';

/** In characters. Each operation keeps its id in memory. */
const MAX_ID_LENGTH = 256;

/**
 * How long a client may take to confirm a close during a drain or when it was rejected. ws itself would wait for half
 * a minute.
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
 * operation with the next one under the same id, sends results after a client's `complete`, and closes the socket on
 * a syntax error. Here an operation is an object, and only the one that holds its id can send.
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
   * @param stream the TCP stream of the socket. Events are written to it as shared frames.
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
    connections.opened(this, () => this.evict('RATE_LIMITED'));
    // If the gateway was busy, a message that arrived in time is read before the immediate runs.
    this.initTimer = setTimeout(() => setImmediate(() => this.timeOut()), options.initTimeoutMs);
    this.socket = new GraphqlWsSocket(
      socket,
      stream,
      { frames, figures: operations.figures, logger },
      {
        onMessage: (text) => this.guard(() => this.receive(text)),
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

  /** During a drain, running queries and mutations finish first. */
  end(why: ConnectionEnding): void {
    this.ending ??= why;
    if (why === 'SUBSCRIPTION_SERVER_DRAINING') {
      if (this.operations.hasPending) return;
      return this.socket.closeWithin(CLOSE_GRACE_MS, ENDINGS[why], why);
    }
    this.close(ENDINGS[why], why);
  }

  /** Whether the client is a logged-in user. */
  get hasViewer(): boolean {
    return Boolean(this.identity?.viewer);
  }

  /** Closes at once to free its place or its memory. The client can reconnect. */
  evict(reason: string): void {
    this.socket.close(TRY_AGAIN_LATER, reason);
    this.socket.terminate();
  }

  private timeOut(): void {
    if (this.initialised) return;
    this.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  }

  /** A rejected client cannot keep its place by not confirming the close. */
  private close(code: number, reason: string): void {
    if (this.identity) this.socket.close(code, reason);
    else this.socket.closeWithin(CLOSE_GRACE_MS, code, reason);
  }

  /** Ends if a drain was waiting for the last result. */
  private endIfDrained(): void {
    if (this.ending) this.end(this.ending);
  }

  /** Closes the socket on an unexpected error, so that a message cannot affect other clients. */
  private guard(work: () => void | Promise<void>): void {
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
    const rejection = requestRejection(text);
    if (rejection) return this.close(CloseCode.BadRequest, rejection.message);
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

  /** Leaves out a payload that is nested too deeply to serialise. */
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
      if (error instanceof Unauthenticated) return this.rejectToken(error);
      this.options.logger.warn({ err: error }, 'a connection could not be identified');
      return this.close(TRY_AGAIN_LATER, 'SUBGRAPH_UNAVAILABLE');
    }
    if (!this.socket.isOpen) return;
    const rejection = this.options.connections.assign(this, identity, () => this.source.address);
    if (rejection === 'RATE_LIMITED') return this.close(TRY_AGAIN_LATER, rejection);
    if (rejection !== null) return this.end(rejection);
    this.identity = identity;
    this.socket.send({ type: MessageType.ConnectionAck });
  }

  /** Counts rejected tokens against the rate limit of the address, as over HTTP. */
  private async rejectToken({ code }: Unauthenticated): Promise<void> {
    try {
      await this.options.rateLimit.take(null, () => this.source.address);
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
    if (id.length > MAX_ID_LENGTH) return this.close(CloseCode.BadRequest, 'The id is too long');
    if (this.operations.has(id)) {
      return this.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    // The client will reconnect and subscribe again.
    if (this.ending) return;
    await this.operations.run(message, size, identity);
    this.endIfDrained();
  }
}

/** The key is case-insensitive, like the HTTP header. */
function authorizationOf(payload: Record<string, unknown>): unknown {
  const name = Object.keys(payload).find((key) => key.toLowerCase() === 'authorization');
  return name === undefined ? undefined : payload[name];
}
