import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { LiveFigures, Transport } from '../metrics/figures.js';
import type { SharedBytes } from './shared-bytes.js';
import type { Connection, ConnectionEnding, Connections } from './connections.js';
import { endingError } from './ending-error.js';
import type { RoomEvent } from '../rooms/ring.js';
import type { Ending, Membership, Watcher } from '../rooms/watcher.js';

/** How much may wait in a response, in bytes, before nothing more is put into it until the client has read. */
const HIGH_WATER = 256 * 1024;
/** For how long a client may leave that unread: no ring remembers for longer what it has missed meanwhile. */
const LONGEST_STALL_MS = 60_000;
/** How long a client may take to read why it was ended. */
const CLOSE_GRACE_MS = 1_000;
/**
 * How long after the message that says so a stream ends that is interrupted: graphql-sse takes an end that comes while
 * it is still at a message for none, and waits for ever.
 */
const BREATH_MS = 100;

/** What one of the HTTP transports puts on the wire. */
export interface Framing {
  readonly transport: Transport;
  readonly contentType: string;
  /** How long nothing may be sent, in milliseconds, before a heartbeat is. */
  readonly heartbeatMs: number;
  readonly opening: string;
  readonly heartbeat: string;
  /** Nothing when there is nothing to send. */
  readonly next: SharedBytes;
  /** The operation was turned away: errors, and the end. */
  refused(errors: readonly GraphQLFormattedError[]): string;
  readonly complete: string;
  /** The end of an operation that neither side wanted to end: the client should come back. */
  interrupted(error: GraphQLFormattedError): string;
}

/** One live operation in one HTTP response, whatever its framing. */
export class HttpStream implements Connection, Watcher {
  private membership: Membership | null = null;
  private heartbeat: NodeJS.Timeout | undefined;
  private patience: NodeJS.Timeout | undefined;
  private breath: NodeJS.Timeout | undefined;
  private isOver = false;
  private onOver = () => {};
  /** Why it is over, if it was us who ended it. */
  private why = 'left';

  constructor(
    private readonly response: ServerResponse,
    private readonly framing: Framing,
    private readonly connections: Connections,
    private readonly figures: LiveFigures,
    private readonly stallMs = LONGEST_STALL_MS,
  ) {}

  /**
   * Sends the head, and what the operation has to say from then on.
   * @param onOver told, at least once, when that is nothing more
   */
  open(start: (watcher: Watcher) => Membership, onOver: () => void): void {
    const { response, framing } = this;
    this.onOver = onOver;
    // Whoever has left by now will not close it once more.
    if (response.destroyed) return this.dispose();
    response.on('close', () => this.dispose());
    response.on('drain', () => this.goOn());
    response.writeHead(200, {
      'content-type': framing.contentType,
      'cache-control': 'no-cache, no-transform',
      // Or nginx keeps events until there are enough of them.
      'x-accel-buffering': 'no',
    });
    this.heartbeat = setInterval(() => this.beat(), framing.heartbeatMs);
    // Some browsers notice a response only when they have read something of it.
    this.write(framing.opening);
    this.membership = start(this);
  }

  isReady(): boolean {
    return this.response.writableLength <= HIGH_WATER;
  }

  next(event: RoomEvent): void {
    const bytes = this.framing.next.of(event);
    if (bytes.length === 0) return;
    this.write(bytes);
    this.figures.sentTo(this.framing.transport, bytes.length);
  }

  together(send: () => void): void {
    this.response.cork();
    try {
      send();
    } finally {
      this.response.uncork();
    }
  }

  refused(errors: readonly GraphQLFormattedError[]): void {
    this.finish('refused', this.framing.refused(errors), this.stallMs);
  }

  complete(): void {
    this.finish('complete', this.framing.complete, this.stallMs);
  }

  cutOff(why: Ending): void {
    this.interrupt(why, this.stallMs);
  }

  end(why: ConnectionEnding): void {
    this.interrupt(why, CLOSE_GRACE_MS);
  }

  private interrupt(why: Ending | ConnectionEnding, withinMs: number): void {
    if (this.isOver) return;
    this.response.write(this.framing.interrupted(endingError(why)));
    this.breath = setTimeout(() => this.response.end(), BREATH_MS);
    this.over(why, withinMs);
  }

  private finish(why: string, last: string, withinMs: number): void {
    if (this.isOver) return;
    this.response.end(last);
    this.over(why, withinMs);
  }

  private over(why: string, withinMs: number): void {
    this.why = why;
    this.leave();
    this.destroyIn(withinMs);
  }

  private write(text: string | Buffer): void {
    if (this.isOver) return;
    this.heartbeat?.refresh();
    this.response.write(text);
    if (!this.isReady() && !this.patience) this.destroyIn(this.stallMs);
  }

  private beat(): void {
    if (this.isReady()) this.write(this.framing.heartbeat);
  }

  /** The client has read all that it was sent. */
  private goOn(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    this.membership?.resume();
  }

  /** What nobody reads cannot be ended in good order; 'close' calls this off. */
  private destroyIn(ms: number): void {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.response.destroy(), ms);
  }

  private leave(): void {
    this.isOver = true;
    clearInterval(this.heartbeat);
    this.membership?.leave();
    this.onOver();
  }

  private dispose(): void {
    this.leave();
    clearTimeout(this.patience);
    clearTimeout(this.breath);
    this.connections.closed(this);
    this.figures.closed(this.framing.transport, this.why);
  }
}
