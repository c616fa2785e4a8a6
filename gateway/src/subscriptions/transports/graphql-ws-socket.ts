import type { Socket } from 'node:net';
import type { GraphQLFormattedError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { LiveFigures } from '../metrics/figures.js';
import type { RoomEvent } from '../rooms/ring.js';
import type { SharedFrames } from './shared-frames.js';

const PING_EVERY_MS = 12_000;
/** How much may wait in a socket, in bytes, before nothing more is put into it until the client has read. */
const HIGH_WATER = 256 * 1024;

export interface SocketOptions {
  readonly frames: SharedFrames;
  readonly figures: LiveFigures;
  readonly logger: Logger;
}

export interface SocketEvents {
  onMessage(text: string): void;
  /** It takes events again, having said before that it did not. */
  onReady(): void;
  /** It closes, at our wish or the client's; told again when it has closed. */
  onClosing(): void;
  onClosed(): void;
}

/** The socket of a connection: what is sent at the pace of who reads it, and whether somebody is still there. */
export class GraphqlWsSocket {
  /** Whether somebody has something for us that the client did not take. */
  private isAwaited = false;
  private answersPings = true;
  /** How much the client's side has taken, in bytes. */
  private read = 0;
  /** The code that we have closed with; what a client answers to it is its own affair. */
  private closedWith: number | null = null;
  private readonly pingTimer: NodeJS.Timeout;

  /** @param stream what the socket writes to: events go there as frames that watchers share */
  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Socket,
    private readonly options: SocketOptions,
    private readonly events: SocketEvents,
  ) {
    this.pingTimer = setInterval(() => this.ping(), PING_EVERY_MS);
    socket.on('message', (data) => events.onMessage((data as Buffer).toString('utf8')));
    socket.on('pong', () => (this.answersPings = true));
    socket.on('error', (error) => options.logger.debug({ err: error }, 'websocket error'));
    socket.on('close', (code) => {
      this.closing();
      events.onClosed();
      options.figures.closed('websocket', this.closedWith ?? closedByClient(code));
    });
    stream.on('drain', () => this.goOn());
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether it takes another event now. If not, `onReady` tells when it does. */
  isReady(): boolean {
    if (!this.isBehind) return true;
    this.isAwaited = true;
    return false;
  }

  /** A client that does not read what it asked for is not asked for more until it has. */
  send(message: object): void {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
    if (this.isBehind) this.socket.pause();
  }

  sendErrors(id: string, errors: readonly GraphQLFormattedError[]): void {
    this.send({ id, type: MessageType.Error, payload: [...errors] });
  }

  /**
   * Past ws, which would make the frame for each watcher; nothing that ws sends waits there, so the order holds.
   * @param event one with something to send
   */
  sendFrame(event: RoomEvent, tail: Buffer): void {
    if (!this.isOpen) return;
    const { frames, figures } = this.options;
    figures.sentTo('websocket', frames.write(this.stream, event, tail));
  }

  /** Has all that is sent meanwhile go out as one. */
  together(send: () => void): void {
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

  /** Closes, and hangs up on a client that does not answer that in time. */
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

  /** The client has read all that was put into the socket. */
  private goOn(): void {
    if (this.socket.isPaused) this.socket.resume();
    if (!this.isAwaited) return;
    this.isAwaited = false;
    this.events.onReady();
  }

  /** A client that reads slowly finds the ping behind much else: what it has read meanwhile is a sign of life, too. */
  private ping(): void {
    const read = this.stream.bytesWritten - this.stream.writableLength;
    if (!this.answersPings && read === this.read) return this.terminate();
    this.read = read;
    this.answersPings = false;
    this.socket.ping();
  }

  private closing(): void {
    clearInterval(this.pingTimer);
    this.events.onClosing();
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
