import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, MessageType, parseMessage, type Message, type SubscribeMessage } from 'graphql-ws';
import { newRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Identity, IdentityService } from '../identity/identity.js';
import { Unauthenticated } from '../gateway-errors.js';
import { LiveOperation } from './live-operation.js';
import type { Operations } from './operations.js';
import type { Membership, Watcher } from './room.js';

const PING_EVERY_MS = 12_000;
/** How much may wait in a socket, in bytes, before nothing more is put into it until the client has read. */
const HIGH_WATER = 256 * 1024;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Close codes that the protocol leaves to applications; graphql-ws clients come back after each of them. */
const TRY_AGAIN_LATER = 1013;

export interface ConnectionOptions {
  readonly identities: IdentityService;
  readonly operations: Operations;
  readonly logger: Logger;
  readonly initTimeoutMs: number;
}

/**
 * One WebSocket that speaks graphql-transport-ws (PROTOCOL.md of graphql-ws). The library's own server confuses an
 * operation with the next one under the same id, sends results after a client's `complete`, and closes the socket
 * on a syntax error; here an operation is an object, and only the one that holds its id may send.
 */
export class GraphqlWsConnection {
  readonly #running = new Map<string, { membership: Membership | null }>();
  /** Whether a room has something for us that the socket did not take. */
  #hasMore = false;
  #initialised = false;
  #identity: Identity | null = null;
  #answersPings = true;
  readonly #initTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;
  #expiryTimer: NodeJS.Timeout | undefined;

  /** Serves a socket until it closes. */
  static serve(socket: WebSocket, options: ConnectionOptions): void {
    void new GraphqlWsConnection(socket, options);
  }

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: ConnectionOptions,
  ) {
    this.#initTimer = setTimeout(
      () => this.#close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      options.initTimeoutMs,
    );
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
    socket.on('message', (data) => this.#survive(() => this.#receive((data as Buffer).toString('utf8'))));
    socket.on('pong', () => (this.#answersPings = true));
    socket.on('error', (error) => options.logger.debug({ err: error }, 'websocket error'));
    socket.on('close', () => this.#dispose());
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
      if (error instanceof Unauthenticated) return this.#close(CloseCode.Forbidden, error.code);
      this.options.logger.warn({ err: error }, 'a connection could not be identified');
      return this.#close(TRY_AGAIN_LATER, 'SUBGRAPH_UNAVAILABLE');
    }
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.#closeAtExpiry(this.#identity);
    this.#send({ type: MessageType.ConnectionAck });
  }

  #closeAtExpiry({ expiresAt }: Identity): void {
    if (!expiresAt) return;
    this.#expiryTimer = setTimeout(
      () => this.#close(CloseCode.Forbidden, 'SUBSCRIPTION_AUTH_EXPIRED'),
      Math.min(expiresAt.getTime() - Date.now(), LONGEST_TIMER_MS),
    );
  }

  async #subscribe({ id, payload }: SubscribeMessage): Promise<void> {
    const identity = this.#identity;
    if (!identity) return this.#close(CloseCode.Unauthorized, 'Unauthorized');
    if (this.#running.has(id)) {
      return this.#close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    }
    const operation: { membership: Membership | null } = { membership: null };
    this.#running.set(id, operation);
    const holdsId = () => this.#running.get(id) === operation;

    const requestId = newRequestId();
    const result = await this.options.operations.run(payload, identity, requestId);
    if (!holdsId()) return;
    if (result instanceof LiveOperation) {
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
  }

  #watcher(id: string, holdsId: () => boolean): Watcher {
    const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
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
      next: ({ json }) => {
        if (json !== null && holdsId()) this.#sendText(`${head}${json}}`);
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
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(text, () => {
      if (!this.#isBehind) this.#goOn();
    });
  }

  #goOn(): void {
    if (this.socket.isPaused) this.socket.resume();
    if (!this.#hasMore) return;
    this.#hasMore = false;
    for (const { membership } of this.#running.values()) membership?.resume();
  }

  get #isBehind(): boolean {
    return this.socket.bufferedAmount > HIGH_WATER;
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
    clearTimeout(this.#expiryTimer);
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
