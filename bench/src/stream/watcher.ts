import { once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { WebSocket } from 'ws';
import { numberIn } from './numbered-address.js';
import type { Subgraph } from './subgraph.js';

const QUERY = `subscription ($after: String) {
  subscriberAdded(after: $after, bookmarks: true) { cursor subscriber { id email } }
}`;

/** Gets a new subscriber's number (numbered-address.ts) when its event has been read; the watch breaks if it throws. */
export type NumberListener = (number: number) => void;

/** One person who watches `subscriberAdded` on a socket of their own (graphql-transport-ws). */
export class Watcher {
  /** Rejects when the stream ends, or breaks, before it is closed from here. */
  readonly broken: Promise<never>;
  readonly #socket: WebSocket;

  private constructor(url: string) {
    this.#socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    this.broken = new Promise((_, reject) => {
      this.#socket.on('error', reject);
      this.#socket.once('close', (code, reason) => reject(new Fault(`closed: ${code} ${String(reason)}`)));
    });
    // After `close` nobody waits for it.
    this.broken.catch(() => undefined);
  }

  /**
   * Returns when the watch is on, as the first bookmark says.
   * @param after a cursor; from now on when left out
   */
  static async open(subgraph: Subgraph, onNumber: NumberListener, after?: string): Promise<Watcher> {
    const watcher = new Watcher(subgraph.webSocketUrl);
    await Promise.race([watcher.#subscribe(subgraph.token(), onNumber, after), watcher.broken]);
    return watcher;
  }

  close(): void {
    this.#socket.terminate();
  }

  async #subscribe(txnToken: string, onNumber: NumberListener, after: string | undefined): Promise<void> {
    const socket = this.#socket;
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    const [greeting] = (await once(socket, 'message')) as [Buffer];
    if (!greeting.includes('connection_ack')) throw new Fault(`greeted with ${String(greeting)}`);
    const payload = { query: QUERY, variables: { after }, extensions: { txnToken } };
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    return new Promise((resolve) => {
      socket.on('message', (message: Buffer) => {
        try {
          const number = numberIn(message);
          if (number !== undefined) onNumber(number);
          else if (message.includes('"subscriber":null')) resolve();
          else if (message.includes('"type":"ping"')) socket.send('{"type":"pong"}');
          else throw new Fault(`instead of an event: ${String(message)}`);
        } catch (error) {
          socket.emit('error', error);
        }
      });
    });
  }
}
