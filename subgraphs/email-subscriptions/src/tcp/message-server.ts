import type { AddressInfo, Server, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { ServerTCP, type MsPattern } from '@nestjs/microservices';
import { newRequestId, wellFormedRequestId, withRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import { lastValueFrom } from 'rxjs';
import { BoundedLog } from './bounded-log.js';
import { MessageContext } from './message-context.js';
import type { MessageMetrics } from './message-metrics.js';
import { MessageSocket, SOCKET_LIMITS, type SocketLimits } from './message-socket.js';
import { isSend, type Packet } from './packet.js';
import { SHUTTING_DOWN, TOO_SLOW, UNKNOWN_PATTERN, type Refusal } from './refusal.js';

export interface MessageLimits extends SocketLimits {
  /** With one more, the oldest connection without a message from a trusted caller is closed. */
  readonly connections: number;
  readonly handshakeMs: number;
  /** How long a caller waits for a message to be done, in milliseconds. Work that has begun goes on. */
  readonly workMs: number;
}

const LIMITS: MessageLimits = {
  ...SOCKET_LIMITS,
  connections: 1_000,
  handshakeMs: 10_000,
  workMs: 30_000,
};

const KEEP_ALIVE_MS = 60_000;

type Outcome = { readonly response: unknown } | { readonly err: Refusal };

export interface MessageServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  readonly logger: Logger;
  readonly metrics: MessageMetrics;
  readonly limits?: Partial<MessageLimits>;
}

/**
 * NestJS's TCP transport, for handlers that return one result. It has limits, logs and counts each message, and finishes
 * the messages that have arrived before it closes.
 */
export class MessageServer extends ServerTCP {
  private readonly log: Logger;
  private readonly unknownLog: BoundedLog;
  private readonly metrics: MessageMetrics;
  private readonly limits: MessageLimits;
  private readonly connections = new Set<Socket>();
  /** Connections without a message from a trusted caller, by address and port of the client, the oldest first. */
  private readonly unknown = new Map<string, Socket>();
  private readonly sockets = new Set<MessageSocket>();
  private readonly underWay = new Set<Promise<void>>();
  private isDraining = false;

  constructor({ host, port, tls, logger, metrics, limits }: MessageServerOptions) {
    const all = { ...LIMITS, ...limits };
    super({ host, port, ...(tls && { tlsOptions: { handshakeTimeout: all.handshakeMs, ...tls } }) });
    this.log = logger;
    this.unknownLog = new BoundedLog(logger);
    this.metrics = metrics;
    this.limits = all;
    // Before NestJS's own listener, or that of TLS: a handshake counts as a connection.
    this.server.prependListener('connection', (socket: Socket) => this.admit(socket));
    this.server.on('tlsClientError', ({ message }: Error, socket: Socket) => {
      const { remoteAddress: from } = socket;
      this.unknownLog.warn({ why: message, from }, 'a TLS handshake over TCP failed');
      // Node leaves it open after a timeout.
      socket.destroy();
    });
    metrics.countConnections(() => this.connections.size);
  }

  get isListening(): boolean {
    return this.server.listening;
  }

  get address(): AddressInfo | null {
    return this.server.address() as AddressInfo | null;
  }

  /** NestJS's own reports only some of the errors. */
  override listen(callback: (error?: unknown) => void): void {
    const server: Server = this.server;
    server.once('error', callback);
    server.listen(this.port, this.host, () => {
      server.off('error', callback);
      callback();
    });
  }

  /** NestJS calls it for errors of the server. The caller of `listen` gets those before it listens. */
  protected override handleError(error: string): void {
    if (this.isListening) super.handleError(error);
  }

  /** Takes no more connections, finishes all messages that have arrived, and closes the connections. */
  async drain(): Promise<void> {
    this.isDraining = true;
    this.server.close();
    await Promise.all([...this.sockets].map((socket) => socket.endWhenDone()));
    // Also messages of clients that have emitted them and gone.
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** NestJS calls it for each connection, after the handshake if there is one. */
  override bindHandler(socket: Socket): void {
    this.trackOpenSocket(socket);
    const from = socket.remoteAddress;
    const client = clientOf(socket);
    socket.on('error', ({ message }: Error) => {
      // Whatever message it happens to run for is not at fault.
      this.unknownLog.warn({ why: message, from, requestId: undefined }, 'a TCP connection broke');
    });
    if (this.isDraining) return void socket.destroy();
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const messages = new MessageSocket(socket, this.limits);
    this.sockets.add(messages);
    socket.on('close', () => this.sockets.delete(messages));
    const onTrusted = () => this.unknown.delete(client);
    socket.on('message', (packet: Packet) => {
      const work = this.take(messages, packet, onTrusted).finally(() => this.underWay.delete(work));
      this.underWay.add(work);
    });
  }

  /** Unknown clients must not keep callers out by holding all connections. */
  private admit(socket: Socket): void {
    const client = clientOf(socket);
    this.connections.add(socket);
    this.unknown.set(client, socket);
    socket.once('close', () => {
      this.connections.delete(socket);
      if (this.unknown.get(client) === socket) this.unknown.delete(client);
    });
    if (this.connections.size <= this.limits.connections) return;
    // There is one: this connection is new.
    const [oldest, socketOfOldest] = this.unknown.entries().next().value!;
    this.unknown.delete(oldest);
    this.unknownLog.warn(
      { most: this.limits.connections, from: socketOfOldest.remoteAddress },
      'too many TCP connections: one was closed',
    );
    socketOfOldest.destroy();
  }

  private async take(socket: MessageSocket, packet: Packet, onTrusted: () => void): Promise<void> {
    await withRequestId(wellFormedRequestId(packet.requestId) ?? newRequestId(), async () => {
      const startedAt = performance.now();
      const pattern = this.nameOf(packet.pattern);
      const context = new MessageContext(socket, pattern ?? '', packet.txnToken, onTrusted);
      const outcome = await this.outcome(pattern, packet, context);
      if (isSend(packet)) socket.sendMessage({ id: packet.id, ...outcome, isDisposed: true });
      socket.finish(packet);
      const seconds = (performance.now() - startedAt) / 1_000;
      this.note(packet, { pattern: pattern ?? 'other', outcome, context, seconds });
    });
  }

  private note(
    packet: Packet,
    {
      pattern,
      outcome,
      context: { caller, refusedBecause },
      seconds,
    }: {
      readonly pattern: string;
      readonly outcome: Outcome;
      readonly context: MessageContext;
      readonly seconds: number;
    },
  ): void {
    const style = isSend(packet) ? 'send' : 'emit';
    const result = 'err' in outcome ? outcome.err.code : 'OK';
    this.metrics.count({ pattern, style, result }, seconds);
    const fields = {
      pattern,
      style,
      result,
      ...('err' in outcome && { why: refusedBecause ?? outcome.err.message }),
      ...(caller !== undefined && { caller }),
      ms: Math.round(seconds * 10_000) / 10,
    };
    // Any client may have sent it.
    if (caller === undefined) return this.unknownLog.warn(fields, 'message');
    // No caller learns of the failure of an `emit`.
    this.log[style === 'emit' && result !== 'OK' ? 'warn' : 'info'](fields, 'message');
  }

  private async outcome(pattern: string | null, packet: Packet, context: MessageContext): Promise<Outcome> {
    if (this.isDraining && isSend(packet)) return { err: SHUTTING_DOWN };
    const handler = pattern === null ? undefined : this.messageHandlers.get(pattern);
    if (!handler) return { err: UNKNOWN_PATTERN };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ err: TOO_SLOW }), this.limits.workMs);
    });
    const done = this.handle(async () => handler(packet.data, context));
    try {
      return await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** `RefusalFilter` makes a refusal of whatever guards and handlers throw. */
  private async handle(work: () => Promise<unknown>): Promise<Outcome> {
    try {
      return { response: await lastValueFrom(this.transformToObservable(await work())) };
    } catch (error) {
      return { err: error as Refusal };
    }
  }

  /** As it is registered; null when there is none like it. */
  private nameOf(pattern: Packet['pattern']): string | null {
    try {
      const name = this.normalizePattern(
        typeof pattern === 'string' ? parsed(pattern) : (pattern as MsPattern),
      );
      return this.messageHandlers.has(name) ? name : null;
    } catch {
      // Nothing that is registered is like it.
      return null;
    }
  }
}

/** NestJS's clients send a pattern as JSON when they emit. */
function parsed(pattern: string): MsPattern {
  try {
    return JSON.parse(pattern) as MsPattern;
  } catch {
    return pattern;
  }
}

/** A connection's other end. A connection and the TLS over it have the same. */
function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
