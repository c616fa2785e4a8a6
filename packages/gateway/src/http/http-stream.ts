import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { SubscriptionFigures, Transport } from '../telemetry/figures.js';
import type { SharedBytes } from '../subscriptions/transports/shared-bytes.js';
import type { Connection, ConnectionEnding, Connections } from '../subscriptions/transports/connections.js';
import { endingError } from '../subscriptions/transports/ending-error.js';
import type { RoomEvent } from '../subscriptions/rooms/ring.js';
import type { Ending, Membership, Watcher } from '../subscriptions/rooms/watcher.js';

/** The number of buffered bytes above which no more events are written until the buffer drains. */
const HIGH_WATER = 256 * 1024;
/** How long a client may leave the buffer unread. A room's ring does not keep events for longer. */
const MAX_STALL_MS = 60_000;
/** How long a client may take to read the reason of an end. */
const CLOSE_GRACE_MS = 1_000;
/**
 * The pause between the error and the end of an interrupted stream. graphql-sse ignores an end that arrives while it
 * still handles a message, and waits for ever.
 */
const END_DELAY_MS = 100;

/** The wire format of an HTTP transport. */
export interface Framing {
  readonly transport: Transport;
  readonly contentType: string;
  /** The pause after which a heartbeat is sent, in milliseconds. */
  readonly heartbeatMs: number;
  readonly opening: string;
  readonly heartbeat: string;
  /** Empty when the format sends nothing for an event. */
  readonly next: SharedBytes;
  /** The errors of a rejected operation, and the end. */
  rejected(errors: readonly GraphQLFormattedError[]): string;
  readonly complete: string;
  /** The end of an interrupted subscription. The client should reconnect. */
  interrupted(error: GraphQLFormattedError): string;
}

/** One subscription in one HTTP response. */
export class HttpStream implements Connection, Watcher {
  private membership: Membership | null = null;
  private heartbeat: NodeJS.Timeout | undefined;
  private stallTimer: NodeJS.Timeout | undefined;
  private endTimer: NodeJS.Timeout | undefined;
  private hasEnded = false;
  private onEnd = () => {};
  /** The code of the end, for the metrics. */
  private why = 'left';

  constructor(
    private readonly response: ServerResponse,
    private readonly framing: Framing,
    private readonly connections: Connections,
    private readonly figures: SubscriptionFigures,
    private readonly stallMs = MAX_STALL_MS,
  ) {}

  /**
   * Sends the headers, and starts the subscription.
   * @param onEnd called at least once when the stream has ended
   */
  open(start: (watcher: Watcher) => Membership, onEnd: () => void): void {
    const { response, framing } = this;
    this.onEnd = onEnd;
    // The response of a client that has disconnected emits no further 'close'.
    if (response.destroyed) return this.dispose();
    response.on('close', () => this.dispose());
    response.on('drain', () => this.onDrain());
    response.writeHead(200, {
      'content-type': framing.contentType,
      'cache-control': 'no-cache, no-transform',
      // Otherwise nginx buffers events.
      'x-accel-buffering': 'no',
    });
    this.heartbeat = setInterval(() => this.sendHeartbeat(), framing.heartbeatMs);
    // Some browsers report a response only after its first bytes.
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

  batch(send: () => void): void {
    this.response.cork();
    try {
      send();
    } finally {
      this.response.uncork();
    }
  }

  rejected(errors: readonly GraphQLFormattedError[]): void {
    this.finish('refused', this.framing.rejected(errors), this.stallMs);
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
    if (this.hasEnded) return;
    this.response.write(this.framing.interrupted(endingError(why)));
    this.endTimer = setTimeout(() => this.response.end(), END_DELAY_MS);
    this.close(why, withinMs);
  }

  private finish(why: string, last: string, withinMs: number): void {
    if (this.hasEnded) return;
    this.response.end(last);
    this.close(why, withinMs);
  }

  private close(why: string, withinMs: number): void {
    this.why = why;
    this.leave();
    this.destroyAfter(withinMs);
  }

  private write(text: string | Buffer): void {
    if (this.hasEnded) return;
    this.heartbeat?.refresh();
    this.response.write(text);
    if (!this.isReady() && !this.stallTimer) this.destroyAfter(this.stallMs);
  }

  private sendHeartbeat(): void {
    if (this.isReady()) this.write(this.framing.heartbeat);
  }

  /** The buffer is empty. */
  private onDrain(): void {
    clearTimeout(this.stallTimer);
    this.stallTimer = undefined;
    this.membership?.resume();
  }

  /** Disconnects a client that does not read to the end. Cancelled by 'close'. */
  private destroyAfter(ms: number): void {
    clearTimeout(this.stallTimer);
    this.stallTimer = setTimeout(() => this.response.destroy(), ms);
  }

  private leave(): void {
    this.hasEnded = true;
    clearInterval(this.heartbeat);
    this.membership?.leave();
    this.onEnd();
  }

  private dispose(): void {
    this.leave();
    clearTimeout(this.stallTimer);
    clearTimeout(this.endTimer);
    this.connections.closed(this);
    this.figures.closed(this.framing.transport, this.why);
  }
}
