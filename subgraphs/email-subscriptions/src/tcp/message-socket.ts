import { once } from 'node:events';
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';
import { TcpSocket } from '@nestjs/microservices';
import { BrokenConnection } from './broken-connection.js';
import { isSend, parsePacket, type Packet } from './packet.js';

/** The longest message, in UTF-16 code units, which is how NestJS counts. An addition has a few hundred. */
export const LONGEST_MESSAGE = 16_384;

/** In milliseconds. */
export interface SocketLimits {
  /** How long a message may take to arrive, from its first byte to its last. */
  readonly arrivalMs: number;
  /** How long a client may take to read the results that wait for it. */
  readonly stallMs: number;
  /** How long a client may take to read the last answers and close its side of a connection that is over. */
  readonly closeMs: number;
}

export const SOCKET_LIMITS: SocketLimits = { arrivalMs: 10_000, stallMs: 60_000, closeMs: 5_000 };

/** How many messages of one connection are worked on at a time; more wait in the system's buffers, and so at the client. */
const MOST_UNDER_WAY = 32;

const DELIMITER = '#';
const LENGTH = /^\d{1,10}$/;
const LONGEST_LENGTH = 10;

/**
 * NestJS's framing over TCP, `<length>#<JSON>`, within bounds. Its own `JsonSocket` waits for a message as long as some
 * of it comes from time to time, and begins however many have come.
 */
export class MessageSocket extends TcpSocket {
  private readonly decoder = new StringDecoder();
  private received = '';
  /** Of the message that is coming; null before its length is known. */
  private length: number | null = null;
  private underWay = 0;
  /** How many of those the client waits for. */
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
      // Nobody will read the answers any more; what was emitted behind them is not lost.
      this.isStalled = false;
      this.goOn();
    });
  }

  /**
   * Closes the connection once the client waits for nothing. It does not wait for emitted messages, or a client that
   * emits all the time would keep the connection open.
   */
  async endWhenDone(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, 'close');
    // Node reads first what the system has.
    await setImmediate();
    this.isEnding = true;
    this.endIfDone();
    await closed;
  }

  /** To be called when a message is done. Begins messages that waited for it. */
  finish(packet: Packet): void {
    this.underWay -= 1;
    if (isSend(packet)) this.unanswered -= 1;
    this.endIfDone();
    this.goOn();
  }

  protected override handleData(data: Buffer | string): void {
    this.received += typeof data === 'string' ? data : this.decoder.write(data);
    this.read();
  }

  protected override handleSend(answer: unknown, callback?: (error?: unknown) => void): void {
    // The message arrived after the connection began to close.
    if (!this.socket.writable) return;
    const text = JSON.stringify(answer);
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
      this.goOn();
    });
  }

  /** NestJS would wait for the client to close its side. */
  protected override handleDataError(error: Error): void {
    this.received = '';
    this.length = null;
    this.socket.destroy(error);
  }

  /** Messages go on arriving until the client has closed its side too: it sent them before it knew. */
  private endIfDone(): void {
    if (!this.isEnding || this.unanswered > 0 || this.closing !== undefined) return;
    this.socket.end();
    this.closing = setTimeout(() => this.socket.destroy(), this.limits.closeMs);
  }

  /** A client that has gone may have emitted messages before, which wait here. */
  private goOn(): void {
    if (this.mustWait()) return;
    try {
      this.read();
    } catch (error) {
      this.handleDataError(error as Error);
    }
    if (!this.mustWait()) this.socket.resume();
  }

  private mustWait(): boolean {
    return this.isStalled || this.underWay >= MOST_UNDER_WAY;
  }

  /** @throws BrokenConnection */
  private read(): void {
    for (let packet = this.next(); packet !== null; packet = this.next()) {
      clearTimeout(this.arrival);
      this.arrival = undefined;
      this.underWay += 1;
      if (isSend(packet)) this.unanswered += 1;
      this.socket.emit('message', packet);
    }
    const isHalf = this.received !== '' || this.length !== null;
    if (this.mustWait()) {
      this.socket.pause();
      clearTimeout(this.arrival);
      this.arrival = undefined;
    } else if (isHalf && !this.socket.destroyed) {
      this.arrival ??= setTimeout(
        () => this.handleDataError(new BrokenConnection('a message did not arrive in time')),
        this.limits.arrivalMs,
      );
    }
  }

  /** The next message that has come as a whole; null when there is none, or it has to wait. */
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
