import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { numberIn } from '../numbered-address.js';
import type { GroupTask } from './watcher-group.js';

export interface GroupEvents {
  onLive(watcher: GroupWatcher): void;
  onNumber(watcher: GroupWatcher, number: number, message: Buffer): void;
  /** @param wasLive whether it was live until now */
  onClosed(watcher: GroupWatcher, wasLive: boolean): void;
  /** The server sent an unexpected message. */
  onFailed(why: string): void;
}

/** One of many clients that subscribe to `subscriberAdded` (graphql-transport-ws), with as little work as possible. */
export class GroupWatcher {
  /** The number of the next event. */
  next: number;
  private isLive = false;
  private stream: Socket | undefined;
  /** The last event or bookmark. */
  private last: Buffer | undefined;

  constructor(
    private readonly task: GroupTask,
    private readonly events: GroupEvents,
  ) {
    this.next = task.next;
  }

  connect(): void {
    const { hostname, port } = new URL(this.task.url);
    const stream = connect({ host: hostname, port: Number(port), noDelay: true });
    this.stream = stream;
    const socket = new WebSocket(this.task.url, 'graphql-transport-ws', {
      perMessageDeflate: false,
      createConnection: () => stream,
    });
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: this.task.connectionInit })),
    );
    socket.on('message', (message) => this.receive(socket, message as Buffer));
    // 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const wasLive = this.isLive;
      this.isLive = false;
      this.events.onClosed(this, wasLive);
    });
  }

  /** A TCP reset: after a regular close the port would stay in use for a minute. */
  reset(): void {
    this.stream?.resetAndDestroy();
  }

  private receive(socket: WebSocket, message: Buffer): void {
    const number = numberIn(message);
    if (number !== undefined || message.includes('"subscriber":null')) {
      if (message.includes('"errors"')) return this.events.onFailed(String(message));
      this.last = message;
      if (!this.isLive) {
        this.isLive = true;
        this.events.onLive(this);
      }
      if (number !== undefined) this.events.onNumber(this, number, message);
    } else if (message.includes('"connection_ack"')) {
      const payload = { query: this.task.query, variables: { after: this.lastCursor() } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    } else if (message.includes('"type":"ping"')) {
      socket.send('{"type":"pong"}');
    } else {
      this.events.onFailed(`unexpected message: ${String(message)}`);
    }
  }

  private lastCursor(): string | null {
    return /"cursor":"([^"]*)"/.exec(String(this.last ?? ''))?.[1] ?? null;
  }
}
