import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { numberIn } from '../additions/numbered-address.js';
import type { CrowdTask } from './crowd-messages.js';

const CURSOR = Buffer.from('"cursor":"');

export interface CrowdEvents {
  onLive(watcher: CrowdWatcher): void;
  onNumber(watcher: CrowdWatcher, number: number, message: Buffer): void;
  /** @param wasLive whether it was live until now */
  onClosed(watcher: CrowdWatcher, wasLive: boolean, why: string): void;
  /** Something came that no server of this benchmark should send. */
  onFailed(why: string): void;
}

/** One of many who watch `subscriberAdded`, each on a socket of their own (graphql-transport-ws), as cheaply as can be. */
export class CrowdWatcher {
  /** The number of the event that comes next. */
  next: number;
  /** Whether its present socket has brought a bookmark or an event. */
  isLive = false;
  private socket: WebSocket | undefined;
  private stream: Socket | undefined;
  private cursor: string | null = null;

  constructor(
    private readonly task: CrowdTask,
    private readonly index: number,
    private readonly events: CrowdEvents,
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
    this.socket = socket;
    let why = '';
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: this.task.connectionInit })),
    );
    socket.on('message', (message) => this.receive(socket, message as Buffer));
    socket.on('error', ({ message }) => (why = message));
    socket.on('close', (code, reason) => {
      const wasLive = this.isLive;
      this.isLive = false;
      this.events.onClosed(this, wasLive, why || `${code} ${String(reason)}`);
    });
  }

  /** With a reset, as when a machine is gone; a socket that is closed in good order keeps its port for a minute. */
  drop(): void {
    this.isLive = false;
    this.socket = undefined;
    this.stream?.resetAndDestroy();
  }

  private receive(socket: WebSocket, message: Buffer): void {
    // What was read before the drop, and not handed out yet, is lost with the machine.
    if (socket !== this.socket) return;
    const number = numberIn(message);
    const isBookmark = number === undefined && message.includes('"subscriber":null');
    if (number !== undefined || isBookmark) {
      if (message.includes('"errors"')) return this.events.onFailed(String(message));
      if (this.task.returns) this.cursor = cursorIn(message);
      if (!this.isLive) {
        this.isLive = true;
        this.events.onLive(this);
      }
      if (number !== undefined) this.events.onNumber(this, number, message);
    } else if (message.includes('"connection_ack"')) {
      socket.send(this.subscription());
    } else if (message.includes('"type":"ping"')) {
      socket.send('{"type":"pong"}');
    } else {
      this.events.onFailed(`instead of an event: ${String(message)}`);
    }
  }

  private subscription(): string {
    const { query, alone } = this.task;
    const payload = {
      query: alone ? `${query} # ${this.index}` : query,
      variables: { after: this.cursor },
    };
    return JSON.stringify({ id: '1', type: 'subscribe', payload });
  }
}

function cursorIn(message: Buffer): string {
  const start = message.indexOf(CURSOR) + CURSOR.length;
  return message.toString('latin1', start, message.indexOf('"', start));
}
