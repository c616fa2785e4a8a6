import { once } from 'node:events';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A graphql-transport-ws client that does nothing by itself: the test sends and receives each message. */
export class GraphQLSocket {
  private readonly received: Message[] = [];
  private readonly waiting: (() => void)[] = [];
  /** Resolves when the socket is closed. */
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly webSocket: WebSocket) {
    this.closed = once(webSocket, 'close').then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }));
    webSocket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString('utf8')) as Message);
      this.waiting.shift()?.();
    });
  }

  /** Opens a socket without `connection_init`. */
  static async open(url: string): Promise<GraphQLSocket> {
    const socket = new GraphQLSocket(new WebSocket(url, GRAPHQL_TRANSPORT_WS_PROTOCOL));
    await once(socket.webSocket, 'open');
    return socket;
  }

  static async connect(url: string): Promise<GraphQLSocket> {
    const socket = await GraphQLSocket.open(url);
    socket.send({ type: 'connection_init' });
    const { type } = await socket.next();
    if (type !== 'connection_ack') throw new Error(`expected connection_ack, got ${type}`);
    return socket;
  }

  send(message: Message): void {
    this.webSocket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, txnToken: string | undefined, variables?: object): void {
    const extensions = txnToken === undefined ? {} : { extensions: { txnToken } };
    this.send({ id, type: 'subscribe', payload: { query, variables, ...extensions } });
  }

  /** Waits for the next message. */
  async next(): Promise<Message> {
    if (this.received.length === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.received.shift()!;
  }

  async close(): Promise<void> {
    this.webSocket.close();
    await this.closed;
  }
}
