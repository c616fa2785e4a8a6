import type { Socket } from 'node:net';
import type { GraphQLFormattedError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { SubscriptionFigures } from '../../telemetry/figures.js';
import type { RoomEvent } from '../rooms/ring.js';
import type { SharedFrames } from './shared-frames.js';

const PING_INTERVAL_MS = 12_000;
/** A client that has replied to none of these pings is disconnected. */
const MOST_UNANSWERED_PINGS = 2;
/** The number of buffered bytes above which no more events are written until the buffer drains. */
const HIGH_WATER = 256 * 1024;

export interface SocketOptions {
  readonly frames: SharedFrames;
  readonly figures: SubscriptionFigures;
  readonly logger: Logger;
}

export interface SocketEvents {
  onMessage(text: string): void;
  /** The socket is ready again after `isReady` returned false. */
  onReady(): void;
  /** The socket is closing, at either side's request. Called again when it has closed. */
  onClosing(): void;
  onClosed(): void;
}

/** The socket of a connection, with backpressure and a heartbeat. */
export class GraphqlWsSocket {
  /** Whether a watcher waits for `onReady`. */
  private hasPending = false;
  /** The number of pings since the last sign of life. */
  private unansweredPings = 0;
  /** The bytes that had left the buffer at the last ping, if others were waiting in it. */
  private sentBeforeBacklog: number | null = null;
  /** The code that the gateway closed with. The client's confirmation may have another code. */
  private closedWith: number | null = null;
  private readonly pingTimer: NodeJS.Timeout;

  /** @param stream the TCP stream of the socket. Events are written to it as shared frames. */
  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Socket,
    private readonly options: SocketOptions,
    private readonly events: SocketEvents,
  ) {
    this.pingTimer = setInterval(() => this.ping(), PING_INTERVAL_MS);
    socket.on('message', (data) => events.onMessage((data as Buffer).toString('utf8')));
    socket.on('pong', () => (this.unansweredPings = 0));
    socket.on('error', (error) => options.logger.debug({ err: error }, 'websocket error'));
    socket.on('close', (code) => {
      this.closing();
      events.onClosed();
      options.figures.closed('websocket', this.closedWith ?? closedByClient(code));
    });
    stream.on('drain', () => this.onDrain());
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether it can take another event now. If not, `onReady` is called later. */
  isReady(): boolean {
    if (!this.isBehind) return true;
    this.hasPending = true;
    return false;
  }

  /** Sends a message. Stops reading from a client that does not read its results. */
  send(message: object): void {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
    if (this.isBehind) this.socket.pause();
  }

  sendErrors(id: string, errors: readonly GraphQLFormattedError[]): void {
    this.send({ id, type: MessageType.Error, payload: [...errors] });
  }

  /**
   * Writes directly to the stream, because ws would build the frame for each watcher again. ws queues nothing, so the
   * order of messages is kept.
   * @param event an event with JSON
   */
  sendFrame(event: RoomEvent, tail: Buffer): void {
    if (!this.isOpen) return;
    const { frames, figures } = this.options;
    figures.sentTo('websocket', frames.write(this.stream, event, tail));
  }

  /** Combines everything that `send` writes into one write. */
  batch(send: () => void): void {
    this.stream.cork();
    try {
      send();
    } finally {
      this.stream.uncork();
    }
  }

  close(code: number, reason: string): void {
    this.closedWith ??= code;
    this.socket.close(code, limitCloseReason(reason));
    this.closing();
  }

  /** Closes, and disconnects a client that does not confirm the close in time. */
  closeWithin(graceMs: number, code: number, reason: string): void {
    this.close(code, reason);
    setTimeout(() => this.terminate(), graceMs).unref();
  }

  terminate(): void {
    this.socket.terminate();
  }

  private get isBehind(): boolean {
    return this.stream.writableLength > HIGH_WATER;
  }

  /** The buffer is empty. */
  private onDrain(): void {
    if (this.socket.isPaused) this.socket.resume();
    if (!this.hasPending) return;
    this.hasPending = false;
    this.events.onReady();
  }

  /** Pings the client. A slow reader receives the ping late, so a backlog that shrinks also is a sign of life. */
  private ping(): void {
    const { stream } = this;
    const sent = () => stream.bytesWritten - stream.writableLength;
    if (this.sentBeforeBacklog !== null && sent() > this.sentBeforeBacklog) this.unansweredPings = 0;
    if (this.unansweredPings === MOST_UNANSWERED_PINGS) return this.terminate();
    this.unansweredPings += 1;
    this.socket.ping();
    this.sentBeforeBacklog = stream.writableLength > 0 ? sent() : null;
  }

  private closing(): void {
    clearInterval(this.pingTimer);
    this.events.onClosing();
  }
}

/** Limits the metric's labels to codes that RFC 6455, section 7.4.1, names. */
function closedByClient(code: number): string {
  return [1000, 1001, 1005, 1006, 1009].includes(code) ? String(code) : 'other';
}

/** A close reason has at most 123 bytes (RFC 6455, section 5.5). */
function limitCloseReason(reason: string): string {
  return Buffer.byteLength(reason) > 123 ? 'The reason is too long to send' : reason;
}
