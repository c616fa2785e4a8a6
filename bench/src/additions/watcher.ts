import { once } from 'node:events';
import { Fault } from '@supergraph/tools/fault';
import { WebSocket } from 'ws';
import type { Endpoint } from './endpoint.js';
import { numberIn } from './numbered-address.js';

export interface Watch {
  readonly endpoint: Endpoint;
  /** Takes `$after`, asks for bookmarks, and selects the address of the subscriber. */
  readonly query: string;
  /** Gets a new subscriber's number (numbered-address.ts) when its event has been read; the watch breaks if it throws. */
  readonly onNumber: (number: number) => void;
  /** A cursor; from now on when left out. */
  readonly after?: string;
}

/** One person who watches `subscriberAdded` on a socket of their own (graphql-transport-ws). */
export class Watcher {
  /** Rejects when the stream ends, or breaks, before it is closed from here. */
  readonly broken: Promise<never>;
  private readonly socket: WebSocket;

  private constructor(url: string) {
    this.socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    this.broken = new Promise((_, reject) => {
      this.socket.on('error', reject);
      this.socket.once('close', (code, reason) => reject(new Fault(`closed: ${code} ${String(reason)}`)));
    });
    // After `close` nobody waits for it.
    this.broken.catch(() => undefined);
  }

  /** Returns when the watch is on, as the first bookmark says. */
  static async open(watch: Watch): Promise<Watcher> {
    const watcher = new Watcher(watch.endpoint.webSocketUrl);
    await Promise.race([watcher.subscribe(watch), watcher.broken]);
    return watcher;
  }

  close(): void {
    this.socket.terminate();
  }

  private async subscribe({ endpoint: { credentials }, query, onNumber, after }: Watch): Promise<void> {
    const socket = this.socket;
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: credentials.connectionInit() }));
    const [greeting] = (await once(socket, 'message')) as [Buffer];
    if (!greeting.includes('connection_ack')) throw new Fault(`greeted with ${String(greeting)}`);
    const payload = { query, variables: { after }, extensions: credentials.extensions() };
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
