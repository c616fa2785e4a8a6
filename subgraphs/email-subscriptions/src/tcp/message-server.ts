import type { AddressInfo, Server, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { ServerTCP, type MsPattern } from '@nestjs/microservices';
import { newRequestId, wellFormedRequestId, withRequestId } from '@kit/service';
import type { Logger } from 'pino';
import { lastValueFrom } from 'rxjs';
import { BoundedLog } from './bounded-log.js';
import { MessageContext } from './message-context.js';
import type { MessageMetrics } from './message-metrics.js';
import { MessageSocket, SOCKET_LIMITS, type SocketLimits } from './message-socket.js';
import { isSend, type Packet } from './packet.js';
import { SHUTTING_DOWN, TOO_SLOW, UNKNOWN_PATTERN, type MessageError } from './message-error.js';

export interface MessageLimits extends SocketLimits {
  /** The maximum. One more closes the oldest connection without a message from a trusted caller. */
  readonly connections: number;
  readonly handshakeMs: number;
  /** The timeout of a message, in milliseconds. It does not cancel the work. */
  readonly workMs: number;
}

const LIMITS: MessageLimits = {
  ...SOCKET_LIMITS,
  connections: 1_000,
  handshakeMs: 10_000,
  workMs: 30_000,
};

const KEEP_ALIVE_MS = 60_000;

type Outcome = { readonly response: unknown } | { readonly err: MessageError };

export interface MessageServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  readonly logger: Logger;
  readonly metrics: MessageMetrics;
  readonly limits?: Partial<MessageLimits>;
}

/**
 * NestJS's TCP transport for handlers that return one result, with limits, a log line and metrics for each message, and a
 * graceful shutdown.
 */
export class MessageServer extends ServerTCP {
  private readonly log: Logger;
  private readonly unknownLog: BoundedLog;
  private readonly metrics: MessageMetrics;
  private readonly limits: MessageLimits;
  private readonly connections = new Set<Socket>();
  /** Connections without a message from a trusted caller, by the client's address and port, oldest first. */
  private readonly unknown = new Map<string, Socket>();
  private readonly sockets = new Set<MessageSocket>();
  private readonly pending = new Set<Promise<void>>();
  private isDraining = false;

  constructor({ host, port, tls, logger, metrics, limits }: MessageServerOptions) {
    const all = { ...LIMITS, ...limits };
    super({ host, port, ...(tls && { tlsOptions: { handshakeTimeout: all.handshakeMs, ...tls } }) });
    this.log = logger;
    this.unknownLog = new BoundedLog(logger);
    this.metrics = metrics;
    this.limits = all;
    // Before the listeners of NestJS and TLS, because a handshake counts as a connection.
    this.server.prependListener('connection', (socket: Socket) => this.admit(socket));
    this.server.on('tlsClientError', ({ message }: Error, socket: Socket) => {
      const { remoteAddress: from } = socket;
      this.unknownLog.warn({ why: message, from }, 'a TLS handshake over TCP failed');
      // Node does not close it after a timeout.
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

  /** NestJS's method does not report all errors. */
  override listen(callback: (error?: unknown) => void): void {
    const server: Server = this.server;
    server.once('error', callback);
    server.listen(this.port, this.host, () => {
      server.off('error', callback);
      callback();
    });
  }

  /** NestJS calls it for errors of the server. `listen` returns errors that occur before it listens. */
  protected override handleError(error: string): void {
    if (this.isListening) super.handleError(error);
  }

  /** Stops accepting connections, finishes all messages that have arrived, and closes the connections. */
  async drain(): Promise<void> {
    this.isDraining = true;
    this.server.close();
    await Promise.all([...this.sockets].map((socket) => socket.endWhenDone()));
    // Includes messages of clients that have disconnected.
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** NestJS calls it for each connection, after a TLS handshake. */
  override bindHandler(socket: Socket): void {
    this.trackOpenSocket(socket);
    const from = socket.remoteAddress;
    const client = clientOf(socket);
    socket.on('error', ({ message }: Error) => {
      // This may run in the context of a message that is not the cause.
      this.unknownLog.warn({ why: message, from, requestId: undefined }, 'a TCP connection broke');
    });
    if (this.isDraining) return void socket.destroy();
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const messages = new MessageSocket(socket, this.limits);
    this.sockets.add(messages);
    socket.on('close', () => this.sockets.delete(messages));
    const onTrusted = () => this.unknown.delete(client);
    socket.on('message', (packet: Packet) => {
      const work = this.process(messages, packet, onTrusted).finally(() => this.pending.delete(work));
      this.pending.add(work);
    });
  }

  /** Prevents unknown clients from occupying all connections. */
  private admit(socket: Socket): void {
    const client = clientOf(socket);
    this.connections.add(socket);
    this.unknown.set(client, socket);
    socket.once('close', () => {
      this.connections.delete(socket);
      if (this.unknown.get(client) === socket) this.unknown.delete(client);
    });
    if (this.connections.size <= this.limits.connections) return;
    // There is at least one: the new connection.
    const [oldest, socketOfOldest] = this.unknown.entries().next().value!;
    this.unknown.delete(oldest);
    this.unknownLog.warn(
      { most: this.limits.connections, from: socketOfOldest.remoteAddress },
      'too many TCP connections: one was closed',
    );
    socketOfOldest.destroy();
  }

  private async process(socket: MessageSocket, packet: Packet, onTrusted: () => void): Promise<void> {
    await withRequestId(wellFormedRequestId(packet.requestId) ?? newRequestId(), async () => {
      const startedAt = performance.now();
      const pattern = this.nameOf(packet.pattern);
      const context = new MessageContext(socket, pattern ?? '', packet.txnToken, onTrusted);
      const outcome = await this.outcome(pattern, packet, context);
      if (isSend(packet)) socket.sendMessage({ id: packet.id, ...outcome, isDisposed: true });
      socket.finish(packet);
      const seconds = (performance.now() - startedAt) / 1_000;
      this.record(packet, { pattern: pattern ?? 'other', outcome, context, seconds });
    });
  }

  private record(
    packet: Packet,
    {
      pattern,
      outcome,
      context: { caller, rejectionReason },
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
      ...('err' in outcome && { why: rejectionReason ?? outcome.err.message }),
      ...(caller !== undefined && { caller }),
      ms: Math.round(seconds * 10_000) / 10,
    };
    // Any client can send it, so the log is bounded.
    if (caller === undefined) return this.unknownLog.warn(fields, 'message');
    // Callers do not learn that an emitted message failed.
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

  /** `MessageErrorFilter` turns errors of guards and handlers into error responses. */
  private async handle(work: () => Promise<unknown>): Promise<Outcome> {
    try {
      return { response: await lastValueFrom(this.transformToObservable(await work())) };
    } catch (error) {
      return { err: error as MessageError };
    }
  }

  /** The registered name of a pattern; null for an unknown pattern. */
  private nameOf(pattern: Packet['pattern']): string | null {
    try {
      const name = this.normalizePattern(
        typeof pattern === 'string' ? parsed(pattern) : (pattern as MsPattern),
      );
      return this.messageHandlers.has(name) ? name : null;
    } catch {
      // A pattern that cannot be normalized is unknown.
      return null;
    }
  }
}

/** NestJS's clients send patterns of emitted messages as JSON text. */
function parsed(pattern: string): MsPattern {
  try {
    return JSON.parse(pattern) as MsPattern;
  } catch {
    return pattern;
  }
}

/** Identifies the client. The plain socket and the TLS socket of a connection have the same client. */
function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
