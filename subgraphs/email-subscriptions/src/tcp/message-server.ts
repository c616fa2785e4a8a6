import type { AddressInfo, Server, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { ServerTCP, type MsPattern } from '@nestjs/microservices';
import { newRequestId, wellFormedRequestId, withRequestId } from '@supergraph/service/request-id';
import type { Logger } from 'pino';
import { lastValueFrom } from 'rxjs';
import { MessageContext } from './message-context.js';
import type { MessageMetrics } from './message-metrics.js';
import { MessageSocket } from './message-socket.js';
import type { Packet } from './packet.js';
import { SHUTTING_DOWN, TOO_SLOW, UNKNOWN_PATTERN, type Refusal } from './refusal.js';

/** More are closed at once. */
const MOST_CONNECTIONS = 1_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How long a message may take once it has come, in milliseconds. What it has begun goes on. */
const LONGEST_WORK_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;

type Outcome = { readonly response: unknown } | { readonly err: Refusal };

export interface MessageServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  readonly logger: Logger;
  readonly metrics: MessageMetrics;
}

/**
 * NestJS's TCP transport, for handlers that answer once: with bounds, a line in the log and a figure for each message,
 * and an end that answers what has come.
 */
export class MessageServer extends ServerTCP {
  readonly #log: Logger;
  readonly #metrics: MessageMetrics;
  readonly #sockets = new Set<MessageSocket>();
  #isDraining = false;

  constructor({ host, port, tls, logger, metrics }: MessageServerOptions) {
    super({ host, port, ...(tls && { tlsOptions: { handshakeTimeout: HANDSHAKE_TIMEOUT_MS, ...tls } }) });
    this.#log = logger;
    this.#metrics = metrics;
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.on('drop', () => logger.warn({ most: MOST_CONNECTIONS }, 'too many TCP connections'));
    metrics.countConnections(() => this.#sockets.size);
  }

  get isListening(): boolean {
    return this.server.listening;
  }

  get address(): AddressInfo | null {
    return this.server.address() as AddressInfo | null;
  }

  /** NestJS's own keeps quiet about a port that it may not use. */
  override listen(callback: (error?: unknown) => void): void {
    const server: Server = this.server;
    server.once('error', callback);
    server.listen(this.port, this.host, () => {
      server.off('error', callback);
      callback();
    });
  }

  /** Takes no more connections, answers what has come, and closes each connection as soon as nothing is left to do. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.server.close();
    await Promise.all([...this.#sockets].map((socket) => socket.endWhenDone()));
  }

  override bindHandler(socket: Socket): void {
    this.trackOpenSocket(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const messages = new MessageSocket(socket);
    this.#sockets.add(messages);
    socket.on('close', () => this.#sockets.delete(messages));
    socket.on('message', (packet: Packet) => void this.#take(messages, packet));
    socket.on('error', ({ message }: Error) => {
      this.#log.warn({ why: message, from: socket.remoteAddress }, 'a TCP connection broke');
    });
  }

  async #take(socket: MessageSocket, packet: Packet): Promise<void> {
    await withRequestId(wellFormedRequestId(packet.requestId) ?? newRequestId(), async () => {
      const startedAt = performance.now();
      const pattern = this.#nameOf(packet.pattern);
      const context = new MessageContext(socket, pattern ?? '', packet.txnToken);
      const outcome = await this.#outcome(pattern, packet, context);
      const style = packet.id === undefined ? 'emit' : 'send';
      if (packet.id !== undefined) socket.sendMessage({ id: packet.id, ...outcome, isDisposed: true });
      socket.finish();
      const result = 'err' in outcome ? outcome.err.code : 'OK';
      const seconds = (performance.now() - startedAt) / 1_000;
      this.#metrics.count({ pattern: pattern ?? 'other', style, result }, seconds);
      // Nobody is told what became of one that was emitted.
      const level = style === 'emit' && result !== 'OK' ? 'warn' : 'info';
      this.#log[level](
        {
          pattern: pattern ?? 'other',
          style,
          result,
          ...('err' in outcome && { why: outcome.err.message }),
          ...(context.caller !== undefined && { caller: context.caller }),
          ms: Math.round(seconds * 10_000) / 10,
        },
        'message',
      );
    });
  }

  async #outcome(pattern: string | null, packet: Packet, context: MessageContext): Promise<Outcome> {
    if (this.#isDraining && packet.id !== undefined) return { err: SHUTTING_DOWN };
    const handler = pattern === null ? undefined : this.messageHandlers.get(pattern);
    if (!handler) return { err: UNKNOWN_PATTERN };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ err: TOO_SLOW }), LONGEST_WORK_MS);
    });
    const done = this.#handle(async () => handler(packet.data, context));
    try {
      return await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** `RefusalFilter` makes a refusal of whatever guards and handlers throw. */
  async #handle(work: () => Promise<unknown>): Promise<Outcome> {
    try {
      return { response: await lastValueFrom(this.transformToObservable(await work())) };
    } catch (error) {
      return { err: error as Refusal };
    }
  }

  /** As it is registered; null when there is none like it. */
  #nameOf(pattern: Packet['pattern']): string | null {
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
