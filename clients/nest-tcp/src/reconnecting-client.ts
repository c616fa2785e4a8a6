import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { ClientTCP, type TcpClientOptions, type TcpSocket } from '@nestjs/microservices';
import { firstValueFrom, from, throwError, timeout } from 'rxjs';
import { Backoff } from './backoff.js';
import { reasonOf, UnreachableException } from './exceptions.js';
import { ClientSocket } from './client-socket.js';

const LONGEST_PAUSE_MS = 2_000;
/** How long a closed connection may take to write what was sent before, in milliseconds. */
const LONGEST_CLOSE_MS = 1_000;

/** NestJS's TCP client, with limits of time, connections that are usable at once, and retries with backoff. */
export abstract class ReconnectingClient extends ClientTCP {
  /** `host:port` */
  protected readonly where: string;
  private readonly backoff: Backoff;
  /** The connection for messages. Over TLS, the server is verified. */
  private ready: Socket | undefined;
  private connecting: Promise<void> | undefined;
  private closing = new AbortController();
  /** The time until which a caller waits for a connection, as `performance.now()`. */
  private wantedUntil = 0;
  private lastFailure: string | undefined;

  constructor(
    options: NonNullable<TcpClientOptions['options']>,
    protected readonly timeoutMs: number,
  ) {
    super({ ...options, socketClass: ClientSocket });
    this.where = `${options.host}:${options.port}`;
    // After the longest pause, a caller still has half of its time for the attempt.
    this.backoff = new Backoff(Math.min(LONGEST_PAUSE_MS, timeoutMs / 2));
  }

  /**
   * Waits until there is a connection. Callers share the attempts, which continue as long as one of them waits.
   * @throws UnreachableException within `timeoutMs`
   */
  override connect(): Promise<void> {
    if (this.ready?.writable) return Promise.resolve();
    this.wantedUntil = performance.now() + this.timeoutMs;
    this.connecting ??= this.startConnecting();
    const timedOut = () => this.unreachable(this.lastFailure ?? `no connection within ${this.timeoutMs} ms`);
    return firstValueFrom(
      from(this.connecting).pipe(timeout({ first: this.timeoutMs, with: () => throwError(timedOut) })),
    );
  }

  /** Fails all waiting messages. Emitted messages are still written, within a second. */
  override close(): void {
    const socket = this.socket?.netSocket;
    this.closing.abort();
    this.closing = new AbortController();
    this.connecting = undefined;
    super.close();
    if (socket) destroyAfter(socket === this.ready ? LONGEST_CLOSE_MS : 0, socket);
  }

  override handleResponse(response: unknown): Promise<void> {
    this.backoff.reset();
    return super.handleResponse(response);
  }

  /** Does not log failed attempts to connect, because callers get the error. */
  override handleError(error: unknown): void {
    if (this.socket && this.socket.netSocket === this.ready)
      this.logger.warn(`The connection to ${this.where} broke: ${reasonOf(error)}`);
  }

  /** @throws UnreachableException if the connection was lost since `connect` */
  protected connection(): TcpSocket {
    if (!this.socket || !this.ready?.writable) throw this.unreachable('the connection was lost');
    return this.socket;
  }

  /** The next message opens another connection. Messages that wait for a result on this one may still get it. */
  protected replaceConnection(socket: Socket): void {
    if (socket !== this.ready) return;
    this.ready = undefined;
    this.socket = null;
    this.connectionPromise = null;
    destroyAfter(this.timeoutMs, socket);
  }

  private startConnecting(): Promise<void> {
    const { signal } = this.closing;
    this.lastFailure = undefined;
    const connecting = this.connectWithBackoff(signal)
      .catch((error: unknown) => {
        throw this.unreachable(signal.aborted ? 'the client was closed' : reasonOf(error), error);
      })
      .finally(() => {
        if (this.connecting === connecting) this.connecting = undefined;
      });
    return connecting;
  }

  private async connectWithBackoff(signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(this.backoff.waitMs, undefined, { signal });
      this.backoff.begin();
      try {
        this.ready = await this.attempt();
        return;
      } catch (error) {
        signal.throwIfAborted();
        this.lastFailure = reasonOf(error);
        if (performance.now() + this.backoff.waitMs > this.wantedUntil) throw error;
      }
    }
  }

  private async attempt(): Promise<Socket> {
    const connected = super.connect() as Promise<void>;
    const socket = this.unwrap<Socket>();
    const timeoutError = new Error(`no connection within ${this.timeoutMs} ms`);
    const timer = setTimeout(() => socket.destroy(timeoutError), this.timeoutMs);
    try {
      // NestJS uses a TLS connection before the server is verified, and does not notice that a connection closes.
      const usable = Promise.all([connected, socket instanceof TLSSocket && once(socket, 'secureConnect')]);
      await Promise.race([usable, once(socket, 'close')]);
    } finally {
      clearTimeout(timer);
    }
    if (!socket.writable) throw new Error('the server closed the connection');
    return socket;
  }

  private unreachable(why: string, cause?: unknown): UnreachableException {
    return new UnreachableException(`${this.where} cannot be reached: ${why}`, { cause });
  }
}

function destroyAfter(ms: number, socket: Socket): void {
  socket.unref();
  setTimeout(() => socket.destroy(), ms).unref();
}
