import { once } from 'node:events';
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';
import { TcpSocket } from '@nestjs/microservices';
import { BrokenConnection } from './broken-connection.js';
import { isSend, parsePacket, type Packet } from './packet.js';

/** The maximum length of a message, in UTF-16 code units, as NestJS counts. An addition has a few hundred. */
export const LONGEST_MESSAGE = 16_384;

/** In milliseconds. */
export interface SocketLimits {
  /** How long a message may take to arrive, from its first byte to its last. */
  readonly arrivalMs: number;
  /** How long a client may take to read pending results. */
  readonly stallMs: number;
  /** How long a client may take to read the last results and close its side after the server has closed its own. */
  readonly closeMs: number;
}

export const SOCKET_LIMITS: SocketLimits = { arrivalMs: 10_000, stallMs: 60_000, closeMs: 5_000 };

/** How many messages of a connection are processed at a time. More messages stay unread, which slows the client down. */
const MAX_PENDING = 32;

const DELIMITER = '#';
const LENGTH = /^\d{1,10}$/;
const LONGEST_LENGTH = 10;

/**
 * NestJS's framing over TCP, `<length>#<JSON>`, with limits. NestJS's own `JsonSocket` does not limit the time that a
 * message takes to arrive, or the number of concurrent messages.
 */
export class MessageSocket extends TcpSocket {
  private readonly decoder = new StringDecoder();
  private received = '';
  /** The length of the incoming message; null until it is known. */
  private length: number | null = null;
  private pending = 0;
  /** How many pending messages the client waits for. */
  private unanswered = 0;
  private isStalled = false;
  private arrival: NodeJS.Timeout | undefined;
  private stall: NodeJS.Timeout | undefined;
  private isEnding = false;
  private closing: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    private readonly limits: SocketLimits = SOCKET_LIMITS,
  ) {
    super(socket);
    socket.on('close', () => {
      clearTimeout(this.arrival);
      clearTimeout(this.stall);
      clearTimeout(this.closing);
      // The client reads no more results, but the messages that it has emitted are still processed.
      this.isStalled = false;
      this.resume();
    });
  }

  /**
   * Closes the connection when the client waits for no result. It does not wait for emitted messages, because a client
   * that emits all the time would keep the connection open.
   */
  async endWhenDone(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, 'close');
    // Lets Node read the data that has already arrived.
    await setImmediate();
    this.isEnding = true;
    this.endIfDone();
    await closed;
  }

  /** Call it when a message is finished. Starts messages that waited for it. */
  finish(packet: Packet): void {
    this.pending -= 1;
    if (isSend(packet)) this.unanswered -= 1;
    this.endIfDone();
    this.resume();
  }

  protected override handleData(data: Buffer | string): void {
    this.received += typeof data === 'string' ? data : this.decoder.write(data);
    this.read();
  }

  protected override handleSend(response: unknown, callback?: (error?: unknown) => void): void {
    // The message arrived while the connection was closing.
    if (!this.socket.writable) return;
    const text = JSON.stringify(response);
    if (this.socket.write(`${text.length}${DELIMITER}${text}`, callback) || this.isStalled) return;
    this.isStalled = true;
    this.socket.pause();
    this.stall = setTimeout(
      () => this.handleDataError(new BrokenConnection('results were not read in time')),
      this.limits.stallMs,
    );
    this.socket.once('drain', () => {
      clearTimeout(this.stall);
      this.isStalled = false;
      this.resume();
    });
  }

  /** NestJS's method waits for the client to close its side. */
  protected override handleDataError(error: Error): void {
    this.received = '';
    this.length = null;
    this.socket.destroy(error);
  }

  /** Reading continues until the client closes its side, because it may have sent messages before it noticed. */
  private endIfDone(): void {
    if (!this.isEnding || this.unanswered > 0 || this.closing !== undefined) return;
    this.socket.end();
    this.closing = setTimeout(() => this.socket.destroy(), this.limits.closeMs);
  }

  /** Processes waiting messages, which the client may have emitted before it disconnected. */
  private resume(): void {
    if (this.mustWait()) return;
    try {
      this.read();
    } catch (error) {
      this.handleDataError(error as Error);
    }
    if (!this.mustWait()) this.socket.resume();
  }

  private mustWait(): boolean {
    return this.isStalled || this.pending >= MAX_PENDING;
  }

  /** @throws BrokenConnection */
  private read(): void {
    for (let packet = this.next(); packet !== null; packet = this.next()) {
      clearTimeout(this.arrival);
      this.arrival = undefined;
      this.pending += 1;
      if (isSend(packet)) this.unanswered += 1;
      this.socket.emit('message', packet);
    }
    const isIncomplete = this.received !== '' || this.length !== null;
    if (this.mustWait()) {
      this.socket.pause();
      clearTimeout(this.arrival);
      this.arrival = undefined;
    } else if (isIncomplete && !this.socket.destroyed) {
      this.arrival ??= setTimeout(
        () => this.handleDataError(new BrokenConnection('a message did not arrive in time')),
        this.limits.arrivalMs,
      );
    }
  }

  /** Returns the next complete message, or null if there is none or it has to wait. */
  private next(): Packet | null {
    if (this.mustWait()) return null;
    this.length ??= this.readLength();
    if (this.length === null || this.received.length < this.length) return null;
    const text = this.received.slice(0, this.length);
    this.received = this.received.slice(this.length);
    this.length = null;
    return parsePacket(text);
  }

  private readLength(): number | null {
    const end = this.received.indexOf(DELIMITER);
    if (end === -1 && this.received.length <= LONGEST_LENGTH) return null;
    const length = this.received.slice(0, end);
    if (end === -1 || !LENGTH.test(length)) throw new BrokenConnection('a message has no length');
    if (Number(length) > LONGEST_MESSAGE) {
      throw new BrokenConnection(`a message is longer than ${LONGEST_MESSAGE}`);
    }
    this.received = this.received.slice(end + 1);
    return Number(length);
  }
}
