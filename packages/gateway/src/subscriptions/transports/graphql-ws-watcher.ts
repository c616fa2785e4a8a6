import type { GraphQLFormattedError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { RoomEvent } from '../rooms/ring.js';
import type { Ending, Watcher } from '../rooms/watcher.js';
import { endingError } from './ending-error.js';
import { TRY_AGAIN_LATER } from './graphql-ws-close-codes.js';
import type { GraphqlWsSocket } from './graphql-ws-socket.js';
import { SharedFrames } from './shared-frames.js';

/** A subscription's hold on its id. */
export interface IdHold {
  readonly id: string;
  /** Whether the subscription still holds the id. Another operation may have taken it. */
  isHeld(): boolean;
  release(): void;
}

/** A subscription on a WebSocket. It sends only while it holds its id. */
export class GraphqlWsWatcher implements Watcher {
  private readonly tail: Buffer;

  constructor(
    private readonly hold: IdHold,
    private readonly socket: GraphqlWsSocket,
  ) {
    this.tail = SharedFrames.tail(hold.id);
  }

  isReady(): boolean {
    return this.socket.isReady();
  }

  next(event: RoomEvent): void {
    if (event.json !== null && this.hold.isHeld()) this.socket.sendFrame(event, this.tail);
  }

  batch(send: () => void): void {
    this.socket.batch(send);
  }

  rejected(errors: readonly GraphQLFormattedError[]): void {
    this.last(() => this.socket.sendErrors(this.hold.id, errors));
  }

  complete(): void {
    this.last(() => this.socket.send({ id: this.hold.id, type: MessageType.Complete }));
  }

  cutOff(why: Ending): void {
    // The other subscriptions of the socket may still have their upstreams.
    if (why === 'SUBSCRIPTION_UPSTREAM_LOST') return this.rejected([endingError(why)]);
    this.last(() => this.socket.close(TRY_AGAIN_LATER, why));
  }

  private last(tell: () => void): void {
    if (!this.hold.isHeld()) return;
    this.hold.release();
    tell();
  }
}
